// The server over real sockets on loopback: protocol, limits, timeouts, load and graceful stop.
#include "platform/http/http_server.h"

#include <atomic>
#include <future>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>
#include <vector>

#include "platform/http/raw_client.h"
#include "platform/http/response_text.h"

namespace causal_gym {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr const char* get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

HttpResponse echo(const HttpRequest& request, const CancellationToken&) {
  return {.content_type = "text/plain",
          .body = request.method + " " + request.path + " " + request.body};
}

std::unique_ptr<HttpServer> serve(HttpHandler handler = echo, ServerOptions options = {}) {
  auto server = HttpServer::start(std::move(options), std::move(handler));
  EXPECT_TRUE(server) << error_text(server.error());
  return *std::move(server);
}

// Polls until the condition holds, for at most 10 s.
template <class Condition>
bool eventually(Condition condition) {
  for (int i = 0; i < 2'000 && !condition(); ++i) std::this_thread::sleep_for(5ms);
  return condition();
}

std::string error_code_of(const RawResponse& response) {
  return nlohmann::json::parse(response.body)["error"]["code"];
}

TEST(HttpServer, AnswersAndKeepsTheConnection) {
  const auto server = serve();
  RawClient client(server->port());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.send("POST /a?b HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi"));
    const auto response = client.read();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, "POST /a hi");
    EXPECT_EQ(response->header("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(response->header("Server"), "");
    EXPECT_EQ(response->header("Connection"), "");
    EXPECT_THAT(response->header("Date"), testing::EndsWith(" GMT"));
    EXPECT_EQ(response->header("X-Request-Id").size(), 16);
  }
}

TEST(HttpServer, AnswersPipelinedRequestsInOrder) {
  const auto server = serve();
  RawClient client(server->port());
  std::string bytes;
  for (int i = 0; i < 100; ++i)
    bytes += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  ASSERT_TRUE(client.send(bytes));
  for (int i = 0; i < 100; ++i) {
    const auto response = client.read();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, "GET /" + std::to_string(i) + " ");
  }
}

TEST(HttpServer, ReadsARequestThatArrivesByteByByte) {
  const auto server = serve();
  RawClient client(server->port());
  for (const char byte : std::string("POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked"
                                     "\r\n\r\n3\r\nabc\r\n0\r\n\r\n")) {
    ASSERT_TRUE(client.send({&byte, 1}));
    std::this_thread::sleep_for(1ms);
  }
  const auto response = client.read();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, "POST /x abc");
}

TEST(HttpServer, AnswersHeadWithoutBody) {
  const auto server = serve();
  RawClient client(server->port());
  ASSERT_TRUE(client.send(std::string("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n") + get));
  const auto head = client.read(true);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->header("Content-Length"), "7");
  EXPECT_EQ(client.read()->body, "GET / ");
}

TEST(HttpServer, TellsAClientThatAsksToContinue) {
  const auto server = serve();
  RawClient client(server->port());
  ASSERT_TRUE(client.send(
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_EQ(client.read()->status, 100);
  ASSERT_TRUE(client.send("ok"));
  EXPECT_EQ(client.read()->body, "POST / ok");
}

TEST(HttpServer, ClosesWhenTheClientAsksAndForHttp10) {
  const auto server = serve();
  for (const char* request :
       {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"}) {
    RawClient client(server->port());
    ASSERT_TRUE(client.send(request));
    EXPECT_EQ(client.read()->header("Connection"), "close");
    EXPECT_TRUE(client.closed_by_server());
  }
  RawClient client(server->port());
  ASSERT_TRUE(client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  EXPECT_EQ(client.read()->header("Connection"), "keep-alive");
}

TEST(HttpServer, RepeatsAPrintableRequestIdAndReplacesOthers) {
  const auto server = serve([](const HttpRequest& request, const CancellationToken&) {
    return HttpResponse{.body = request.request_id};
  });
  RawClient client(server->port());
  ASSERT_TRUE(client.send("GET / HTTP/1.1\r\nHost: h\r\nX-Request-Id: abc-1\r\n\r\n"));
  EXPECT_EQ(client.read()->header("X-Request-Id"), "abc-1");
  ASSERT_TRUE(client.send("GET / HTTP/1.1\r\nHost: h\r\nX-Request-Id: a b\"c\r\n\r\n"));
  const auto response = client.read();
  EXPECT_EQ(response->header("X-Request-Id"), response->body);
  EXPECT_EQ(response->body.size(), 16);
}

TEST(HttpServer, GoesOnWithATraceAndAnswersWithItsSpan) {
  const auto server = serve([](const HttpRequest& request, const CancellationToken&) {
    return HttpResponse{.body = request.trace.parent_id + " " + request.trace.state + " " +
                                trace_parent_text(request.trace)};
  });
  const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736", parent = "00f067aa0ba902b7";
  const std::string good = "traceparent: 00-" + trace + "-" + parent + "-01\r\n";
  RawClient client(server->port());
  const auto answer = [&](const std::string& headers) {
    EXPECT_TRUE(client.send("GET / HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n"));
    return *client.read();
  };
  const auto entered = answer("tracestate: a=1\r\n" + good + "TraceState: b=2\r\n");
  const auto text = entered.header("traceresponse");
  EXPECT_EQ(entered.body, parent + " a=1,b=2 " + text);
  EXPECT_TRUE(text.starts_with("00-" + trace + "-") && text.ends_with("-01")) << text;
  EXPECT_NE(text, answer(good).header("traceresponse"));  // another span
  const std::vector<std::string> bad_ones = {"", good + good, "traceparent: 00-x\r\n"};
  for (const auto& bad : bad_ones) {
    const auto begun = answer(bad + "tracestate: a=1\r\n");
    const auto parsed = parse_trace_parent(begun.header("traceresponse"));
    ASSERT_TRUE(parsed) << bad;
    EXPECT_NE(parsed->trace_id, trace);
    EXPECT_TRUE(begun.body.starts_with("  00-")) << begun.body;
  }
  ASSERT_TRUE(client.send("nonsense\r\n\r\n"));
  EXPECT_TRUE(parse_trace_parent(client.read()->header("traceresponse")));
}

TEST(HttpServer, WhatTakesNoTimeIsAnsweredWhileEveryWorkerIsBusy) {
  std::promise<void> release;
  ServerOptions options;
  options.workers = 1;
  options.quick_handler =
      [](const HttpRequest& request) -> std::shared_ptr<const PreparedResponse> {
    if (request.path == "/throw") throw std::runtime_error("secret");
    if (request.path != "/quick") return nullptr;
    return std::make_shared<const PreparedResponse>(prepare_response({.body = "quick"}));
  };
  const auto server = serve(
      [freed = release.get_future().share()](const HttpRequest& request, const CancellationToken&) {
        freed.wait();
        return HttpResponse{.body = request.path};
      },
      options);
  RawClient slow(server->port()), client(server->port());
  ASSERT_TRUE(slow.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n"));
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(client.send("GET /quick HTTP/1.1\r\nHost: h\r\n\r\n"));
    const auto response = client.read();
    if (!response) release.set_value();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, "quick");
  }
  ASSERT_TRUE(client.send("GET /throw HTTP/1.1\r\nHost: h\r\n\r\n"));
  const auto failed = client.read();
  EXPECT_EQ(failed->status, 500);
  EXPECT_EQ(failed->body.find("secret"), std::string::npos);
  release.set_value();
  EXPECT_EQ(slow.read()->body, "/slow");
}

TEST(HttpServer, RefusesBadInputWithAJsonBodyAndCloses) {
  ServerOptions options;
  options.limits = {.body_bytes = 1'000, .header_bytes = 2'000, .target_bytes = 500};
  const auto server = serve(echo, options);
  const std::string host = " HTTP/1.1\r\nHost: h\r\n";
  const std::pair<std::string, int> cases[] = {
      {"nonsense\r\n\r\n", 400},
      {"POST /" + host + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"POST /" + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
      {"POST /" + host + "Content-Length: 1001\r\n\r\n" + std::string(1'001, 'x'), 413},
      {"GET /" + std::string(600, 'x') + host + "\r\n", 414},
      {"GET /" + host + "X: " + std::string(3'000, 'x') + "\r\n\r\n", 431},
      {"GET / HTTP/3.0\r\n\r\n", 505}};
  for (const auto& [bytes, status] : cases) {
    SCOPED_TRACE(bytes.substr(0, 60));
    RawClient client(server->port());
    ASSERT_TRUE(client.send(bytes));
    const auto response = client.read();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, status);
    EXPECT_EQ(response->header("Connection"), "close");
    EXPECT_FALSE(error_code_of(*response).empty());
    client.end_sending();
    EXPECT_TRUE(client.closed_by_server());
  }
}

TEST(HttpServer, SmuggledRequestIsNotServed) {
  std::atomic<int> served = 0;
  const auto server = serve([&](const HttpRequest&, const CancellationToken&) {
    ++served;
    return HttpResponse{};
  });
  RawClient client(server->port());
  ASSERT_TRUE(
      client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /admin HTTP/1.1\r\n"
                  "Host: h\r\n\r\n"));
  EXPECT_EQ(client.read()->status, 400);
  EXPECT_FALSE(client.read());
  EXPECT_EQ(served, 0);
}

TEST(HttpServer, DeliversARefusalToAClientThatKeepsSending) {
  ServerOptions options;
  options.limits.body_bytes = 10;
  const auto server = serve(echo, options);
  RawClient client(server->port());
  ASSERT_TRUE(client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4000000\r\n\r\n"));
  EXPECT_TRUE(client.send(std::string(4'000'000, 'x')));
  EXPECT_EQ(client.read()->status, 413);
}

TEST(HttpServer, TimesOutASlowRequestWith408AndAnIdleConnectionSilently) {
  ServerOptions options;
  options.timeouts = {.idle = 100ms, .read = 100ms, .write = 100ms};
  const auto server = serve(echo, options);
  RawClient slow(server->port());
  ASSERT_TRUE(slow.send("GET / HTTP/1.1\r\nHos"));
  const auto response = slow.read();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 408);
  RawClient body(server->port());
  ASSERT_TRUE(body.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab"));
  EXPECT_EQ(body.read()->status, 408);
  RawClient idle(server->port());
  EXPECT_TRUE(idle.closed_by_server());
  EXPECT_TRUE(eventually([&] { return server->open_connections() == 0; }));
}

TEST(HttpServer, TricklingBytesDoNotExtendTheReadTimeout) {
  ServerOptions options;
  options.timeouts.read = 150ms;
  const auto server = serve(echo, options);
  RawClient slow(server->port());
  ASSERT_TRUE(slow.send("GET / HTTP/1.1\r\nX: "));
  for (int i = 0; i < 40 && slow.send("y"); ++i) std::this_thread::sleep_for(10ms);
  const auto response = slow.read();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 408);
}

TEST(HttpServer, DropsAClientThatDoesNotRead) {
  ServerOptions options;
  options.timeouts.write = 100ms;
  const auto server = serve(
      [](const HttpRequest&, const CancellationToken&) {
        return HttpResponse{.body = std::string(32 << 20, 'x')};
      },
      options);
  RawClient client(server->port());
  ASSERT_TRUE(client.send(get));
  EXPECT_TRUE(eventually([&] { return server->open_connections() == 1; }));
  EXPECT_TRUE(eventually([&] { return server->open_connections() == 0; }));
}

TEST(HttpServer, AnswersAnExceptionOrAnInjectedHeaderWith500) {
  const auto server = serve([](const HttpRequest& request, const CancellationToken&) {
    if (request.path == "/throw") throw std::runtime_error("secret");
    return HttpResponse{.headers = {{"X", "a\r\nSet-Cookie: b"}}};
  });
  RawClient client(server->port());
  for (const char* path : {"/throw", "/inject"}) {
    ASSERT_TRUE(client.send("GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n\r\n"));
    const auto response = client.read();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 500);
    EXPECT_EQ(error_code_of(*response), "internal");
    EXPECT_THAT(response->body, testing::Not(HasSubstr("secret")));
    EXPECT_EQ(response->header("Set-Cookie"), "");
  }
}

TEST(HttpServer, AnswersThousandsOfConcurrentRequests) {
  ServerOptions options;
  options.threads = 2;
  options.workers = 4;
  std::atomic<int> observed = 0;
  options.observer = [&](const HttpExchange& exchange, std::string&) {
    observed += exchange.status == 200;
  };
  const auto server = serve(echo, options);
  constexpr int clients = 16;
  constexpr int requests = 300;
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int c = 0; c < clients; ++c)
    threads.emplace_back([&, c] {
      RawClient client(server->port());
      for (int i = 0; i < requests; ++i) {
        const std::string path = "/" + std::to_string(c) + "/" + std::to_string(i);
        client.send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
        const auto response = client.read();
        right += response && response->body == "GET " + path + " ";
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, clients * requests);
  EXPECT_EQ(observed, clients * requests);
}

TEST(HttpServer, AnswersManyShortConnections) {
  ServerOptions options;
  options.threads = 2;
  const auto server = serve(echo, options);
  for (int i = 0; i < 1'000; ++i) {
    RawClient client(server->port());
    ASSERT_TRUE(client.send(get));
    ASSERT_TRUE(client.read());
  }
  EXPECT_TRUE(eventually([&] { return server->open_connections() == 0; }));
}

// A handler that waits until it is released or cancelled.
struct Gate {
  std::atomic<int> waiting = 0;
  std::atomic<int> cancelled = 0;
  std::atomic<bool> open = false;

  HttpHandler handler() {
    return [this](const HttpRequest&, const CancellationToken& token) {
      ++waiting;
      while (!open && !token.cancelled()) std::this_thread::sleep_for(1ms);
      cancelled += token.cancelled();
      return HttpResponse{.body = "done"};
    };
  }
};

TEST(HttpServer, AnswersBusyWhenTheQueueIsFull) {
  Gate gate;
  ServerOptions options;
  options.workers = 1;
  options.limits.waiting_requests = 1;
  const auto server = serve(gate.handler(), options);
  RawClient first(server->port());
  ASSERT_TRUE(first.send(get));
  ASSERT_TRUE(eventually([&] { return gate.waiting == 1; }));
  RawClient second(server->port());
  RawClient third(server->port());
  ASSERT_TRUE(second.send(get));
  std::this_thread::sleep_for(50ms);
  ASSERT_TRUE(third.send(get));
  const auto busy = third.read();
  ASSERT_TRUE(busy);
  EXPECT_EQ(busy->status, 503);
  EXPECT_EQ(busy->header("Retry-After"), "1");
  EXPECT_EQ(error_code_of(*busy), "unavailable");
  gate.open = true;
  EXPECT_EQ(first.read()->body, "done");
  EXPECT_EQ(second.read()->body, "done");
  ASSERT_TRUE(third.send(get)) << "the connection is still good";
  EXPECT_EQ(third.read()->body, "done");
}

TEST(HttpServer, RefusesConnectionsOverTheLimit) {
  ServerOptions options;
  options.limits.connections = 2;
  const auto server = serve(echo, options);
  RawClient first(server->port());
  RawClient second(server->port());
  ASSERT_TRUE(first.send(get));
  ASSERT_TRUE(first.read());
  ASSERT_TRUE(second.send(get));
  ASSERT_TRUE(second.read());
  RawClient third(server->port());
  const auto response = third.read();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 503);
  first.close();
  ASSERT_TRUE(eventually([&] { return server->open_connections() == 1; }));
  RawClient fourth(server->port());
  ASSERT_TRUE(fourth.send(get));
  EXPECT_EQ(fourth.read()->status, 200);
}

TEST(HttpServer, CancelsTheTokenOfAClosedConnection) {
  Gate gate;
  const auto server = serve(gate.handler());
  RawClient client(server->port());
  ASSERT_TRUE(client.send(get));
  ASSERT_TRUE(eventually([&] { return gate.waiting == 1; }));
  client.close();
  EXPECT_TRUE(eventually([&] { return gate.cancelled == 1; }));
}

TEST(HttpServer, CancelsTheTokenOfARequestThatTakesTooLong) {
  Gate gate;
  ServerOptions options;
  options.timeouts.handle = 100ms;
  const auto server = serve(gate.handler(), options);
  RawClient client(server->port());
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(client.send(get));
  const auto response = client.read();
  const auto took = std::chrono::steady_clock::now() - begin;
  ASSERT_TRUE(response) << "the handler's answer is still sent";
  EXPECT_EQ(response->body, "done");
  EXPECT_EQ(gate.cancelled, 1);
  EXPECT_GE(took, 100ms);
  EXPECT_LT(took, 5s);
  gate.open = true;
  ASSERT_TRUE(client.send(get));
  ASSERT_TRUE(client.read());
  EXPECT_EQ(gate.cancelled, 1) << "each request has its own time";
}

TEST(HttpServer, FinishesRequestsInFlightWhenItStops) {
  Gate gate;
  const auto server = serve(gate.handler());
  const std::uint16_t port = server->port();
  RawClient busy(port);
  RawClient idle(port);
  ASSERT_TRUE(busy.send(get));
  ASSERT_TRUE(eventually([&] { return gate.waiting == 1 && server->open_connections() == 2; }));
  std::thread release([&] {
    EXPECT_TRUE(idle.closed_by_server());
    EXPECT_TRUE(eventually([&] { return !RawClient(port).connected(); }));
    gate.open = true;
    const auto response = busy.read();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, "done");
    EXPECT_EQ(response->header("Connection"), "close");
    busy.close();
  });
  EXPECT_TRUE(server->stop(10s));
  release.join();
  EXPECT_EQ(gate.cancelled, 0);
  EXPECT_TRUE(server->stop(0s)) << "a second stop has nothing to do";
}

TEST(HttpServer, CancelsRequestsThatOutlastTheDrainDeadline) {
  Gate gate;
  const auto server = serve(gate.handler());
  RawClient client(server->port());
  ASSERT_TRUE(client.send(get));
  ASSERT_TRUE(eventually([&] { return gate.waiting == 1; }));
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(server->stop(50ms));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  EXPECT_EQ(gate.cancelled, 1);
  EXPECT_TRUE(client.closed_by_server());
}

TEST(HttpServer, RefusesAPortInUseUnlessItIsShared) {
  for (const std::size_t threads : {1U, 3U}) {
    ServerOptions options;
    options.threads = threads;
    const auto first = serve(echo, options);
    options.port = first->port();
    const auto second = HttpServer::start(options, echo);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::unavailable);
    EXPECT_THAT(second.error().message, HasSubstr("127.0.0.1:" + std::to_string(first->port())));
  }
  ServerOptions options;
  options.share_port = true;
  const auto first = serve(echo, options);
  options.port = first->port();
  EXPECT_TRUE(HttpServer::start(options, echo));
}

TEST(HttpServer, StartsAgainOnAPortThatWasJustLeft) {
  ServerOptions options;
  for (int round = 0; round < 3; ++round) {
    const auto server = serve(echo, options);
    options.port = server->port();
    RawClient client(options.port);
    ASSERT_TRUE(client.send(get));
    ASSERT_TRUE(client.read());
  }
}

TEST(HttpServer, RefusesBadOptions) {
  const auto code = [](auto change) {
    ServerOptions options;
    change(options);
    const auto server = HttpServer::start(options, echo);
    EXPECT_FALSE(server);
    return server ? "" : error_text(server.error());
  };
  EXPECT_THAT(code([](auto& o) { o.address = "localhost"; }),
              HasSubstr("'localhost' is not an IP"));
  EXPECT_THAT(code([](auto& o) { o.address = "192.0.2.1"; }), HasSubstr("unavailable"));
  EXPECT_THAT(code([](auto& o) { o.threads = 0; }), HasSubstr("threads must be at least 1"));
  EXPECT_THAT(code([](auto& o) { o.workers = 0; }), HasSubstr("workers must be at least 1"));
  EXPECT_THAT(code([](auto& o) { o.timeouts.read = 0ms; }), HasSubstr("read timeout"));
  EXPECT_THAT(code([](auto& o) { o.limits.connections = 0; }), HasSubstr("connections"));
}

TEST(HttpServer, ObservesRefusalsToo) {
  std::mutex mutex;
  std::vector<int> statuses;
  ServerOptions options;
  options.observer = [&](const HttpExchange& exchange, std::string&) {
    const std::lock_guard lock(mutex);
    statuses.push_back(exchange.status);
  };
  const auto server = serve(echo, options);
  RawClient client(server->port());
  ASSERT_TRUE(client.send(std::string(get) + "nonsense\r\n\r\n"));
  ASSERT_TRUE(client.read());
  ASSERT_TRUE(client.read());
  const std::lock_guard lock(mutex);
  EXPECT_THAT(statuses, testing::ElementsAre(200, 400));
}

TEST(HttpServer, WritesEveryLineOfItsObserverOnceAndInOrder) {
  std::string written;
  int writes = 0;
  constexpr int requests = 200;
  ServerOptions options;
  options.observer = [](const HttpExchange& exchange, std::string& lines) {
    lines.append(exchange.path).append("\n");
  };
  options.write_lines = [&](std::string_view lines) {
    EXPECT_FALSE(lines.empty());
    written += lines;
    ++writes;
  };
  std::string sent, expected;
  for (int i = 0; i < requests; ++i) {
    sent += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
    expected += "/" + std::to_string(i) + "\n";
  }
  {
    const auto server = serve(echo, options);
    RawClient client(server->port());
    ASSERT_TRUE(client.send(sent));
    for (int i = 0; i < requests; ++i) ASSERT_TRUE(client.read());
  }
  EXPECT_EQ(written, expected);
  EXPECT_LE(writes, requests);
}

}  // namespace
}  // namespace causal_gym

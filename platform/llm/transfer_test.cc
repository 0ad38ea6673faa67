// Requests over real sockets: what comes back, every limit at work, cancellation, no redirects.
#include "platform/llm/transfer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "platform/llm/loopback_server.h"

namespace causal_gym {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

std::unique_ptr<Transfers> started(TransferOptions options = {}) {
  auto transfers = Transfers::start(options);
  EXPECT_TRUE(transfers.has_value());
  return *std::move(transfers);
}

WireRequest request_to(const std::string& url) {
  return {url, {{"x-test", "1"}}, "authorization", "Bearer ", R"({"a":1})"};
}

TransferResult transferred(const WireRequest& request, const TransferLimits& limits = {},
                           std::function<bool(std::string_view)> on_piece = {}) {
  const auto transfers = started();
  std::promise<TransferResult> promise;
  auto future = promise.get_future();
  transfers->submit(
      request, Secret("sk-1234567"), limits,
      {std::move(on_piece), [&](TransferResult result) { promise.set_value(std::move(result)); }});
  return future.get();
}

TransferResult answered(LoopbackAnswer answer, const TransferLimits& limits = {}) {
  LoopbackServer server([&](const LoopbackRequest&) { return answer; });
  return transferred(request_to(server.url() + "/v1"), limits);
}

LoopbackAnswer raw(std::string bytes, bool close = false) {
  return {{{milliseconds(0), std::move(bytes)}}, close};
}

TransferLimits short_limits() {
  TransferLimits limits;
  limits.first_byte = 80ms;
  limits.total = 160ms;
  return limits;
}

TEST(Transfer, SendsHeadersKeyAndBodyAndBringsTheResponse) {
  std::string head;
  std::string body;
  LoopbackServer server([&](const LoopbackRequest& request) {
    head = request.head;
    body = request.body;
    return whole_answer(418, "tea", "X-Kind:  pot \r\n");
  });
  const auto result = transferred(request_to(server.url() + "/v1/chat"));
  EXPECT_EQ(result.end, TransferEnd::finished) << result.message;
  EXPECT_TRUE(result.sent);
  EXPECT_EQ(result.response.status, 418);
  EXPECT_EQ(result.response.body, "tea");
  const std::pair<std::string, std::string> kind("X-Kind", "pot");
  EXPECT_THAT(result.response.headers, testing::Contains(kind));
  EXPECT_EQ(head.find("POST /v1/chat HTTP/1.1\r\n"), 0U);
  EXPECT_NE(head.find("authorization: Bearer sk-1234567\r\n"), std::string::npos);
  EXPECT_NE(head.find("x-test: 1\r\n"), std::string::npos);
  EXPECT_EQ(head.find("Expect"), std::string::npos);
  EXPECT_EQ(body, R"({"a":1})");
}

TEST(Transfer, RedirectsAreNotFollowed) {
  std::vector<std::string> heads;
  LoopbackServer server([&](const LoopbackRequest& request) {
    heads.push_back(request.head);
    return whole_answer(307, "", "Location: /elsewhere\r\n");
  });
  EXPECT_EQ(transferred(request_to(server.url() + "/here")).response.status, 307);
  EXPECT_EQ(heads.size(), 1U);
}

TEST(Transfer, OnlyHttpAndNoLineBreaksLeave) {
  for (const auto* url : {"file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1", "",
                          "http://127.0.0.1:1/\r\nx: y"}) {
    const auto result = transferred(request_to(url));
    EXPECT_EQ(result.end, TransferEnd::bad_request) << url;
    EXPECT_FALSE(result.sent);
  }
  auto request = request_to("http://127.0.0.1:1");
  request.headers.emplace_back("x-evil", "1\r\ny: 2");
  EXPECT_EQ(transferred(request).message, "the header 'x-evil' has a line break");
  TransferLimits limits;
  limits.request_bytes = 6;
  EXPECT_EQ(transferred(request_to("http://127.0.0.1:1"), limits).end, TransferEnd::bad_request);
}

TEST(Transfer, NobodyListens) {
  std::string url;
  {
    LoopbackServer server([](const LoopbackRequest&) { return raw(""); });
    url = server.url();
  }
  const auto result = transferred(request_to(url));
  EXPECT_EQ(result.end, TransferEnd::connection);
  EXPECT_FALSE(result.sent);
}

TEST(Transfer, NoAnswerBegins) {
  auto limits = short_limits();
  limits.total = 10s;
  const auto result = answered({{{5s, answer_text(200, "late")}}}, limits);
  EXPECT_EQ(result.end, TransferEnd::timeout);
  EXPECT_EQ(result.message, "no answer began within 80 ms");
  EXPECT_TRUE(result.sent);
  EXPECT_LT(result.seconds, 3);
}

TEST(Transfer, AnAnswerThatBeganMayTakeUntilTheTotal) {
  const std::string head = "HTTP/1.1 200 X\r\nContent-Length: 4\r\n\r\n";
  EXPECT_EQ(answered({{{0ms, head}, {120ms, "done"}}}, short_limits()).end, TransferEnd::finished);
  const auto late = answered({{{0ms, head}, {400ms, "done"}}}, short_limits());
  EXPECT_EQ(late.end, TransferEnd::timeout);
  EXPECT_EQ(late.message, "not finished within 160 ms");
}

TEST(Transfer, BodiesThatBreakOff) {
  const auto by_length = answered(raw("HTTP/1.1 200 X\r\nContent-Length: 10\r\n\r\nhalf", true));
  EXPECT_EQ(by_length.end, TransferEnd::interrupted);
  EXPECT_EQ(by_length.response.body, "half");
  const auto by_chunk =
      answered(raw("HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe", true));
  EXPECT_EQ(by_chunk.end, TransferEnd::interrupted);
  EXPECT_EQ(answered(raw("", true)).end, TransferEnd::connection);
  EXPECT_EQ(answered(raw("HTTP/1.1 200 X\r\nContent-Ty", true)).end, TransferEnd::interrupted);
  const std::string chunks = "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n0\r\n";
  EXPECT_EQ(answered(raw(chunks + "X-Trailer: 1\r\n\r\n")).end, TransferEnd::finished);
}

TEST(Transfer, AKeptConnectionThatClosesIsNotAskedAgainUnseen) {
  int count = 0;
  LoopbackServer server([&](const LoopbackRequest&) {
    return ++count == 2 ? raw("", true) : whole_answer(200, "a");
  });
  const auto transfers = started();
  const auto next = [&] {
    std::promise<TransferResult> promise;
    transfers->submit(request_to(server.url()), Secret(), {},
                      {{}, [&](TransferResult result) { promise.set_value(std::move(result)); }});
    return promise.get_future().get();
  };
  EXPECT_EQ(next().end, TransferEnd::finished);
  const auto closed = next();
  EXPECT_EQ(closed.end, TransferEnd::connection) << closed.message;
  EXPECT_TRUE(closed.sent);
  EXPECT_EQ(closed.message, "the connection was closed before an answer began");
  EXPECT_EQ(server.requests(), 2);
  EXPECT_EQ(next().end, TransferEnd::finished);
}

TEST(Transfer, WhatIsNotHttpIsMalformed) {
  EXPECT_EQ(answered(raw("SSH-2.0-nonsense\r\n\r\n", true)).end, TransferEnd::malformed);
}

TEST(Transfer, LimitsOfTheResponseHoldAtTheirEdge) {
  TransferLimits limits;
  limits.body_bytes = 1'000;
  EXPECT_EQ(answered(whole_answer(200, std::string(1'000, 'x')), limits).end,
            TransferEnd::finished);
  EXPECT_EQ(answered(whole_answer(200, std::string(1'001, 'x')), limits).end,
            TransferEnd::too_large);
  // A body whose length nobody said.
  const auto endless =
      answered(raw("HTTP/1.1 200 X\r\n\r\n" + std::string(100'000, 'x'), true), limits);
  EXPECT_EQ(endless.end, TransferEnd::too_large);
  EXPECT_LE(endless.response.body.size(), 1'000U);
  limits.header_bytes = 500;
  EXPECT_EQ(
      answered(whole_answer(200, "", "X-Long: " + std::string(500, 'x') + "\r\n"), limits).end,
      TransferEnd::too_large);
}

TEST(Transfer, PiecesComeAsTheyAreSent) {
  const std::string head = "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n";
  LoopbackServer server([&](const LoopbackRequest&) {
    return LoopbackAnswer{{{0ms, head}, {0ms, "3\r\none\r\n"}, {30ms, "3\r\ntwo\r\n0\r\n\r\n"}}};
  });
  std::vector<std::string> pieces;
  const auto result = transferred(request_to(server.url()), {}, [&](std::string_view piece) {
    pieces.emplace_back(piece);
    return false;
  });
  EXPECT_EQ(pieces, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(result.response.body, "onetwo");
}

TEST(Transfer, AStreamThatHasSaidAllIsNotWaitedFor) {
  const std::string text = "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nend\r\n";
  LoopbackServer server([&](const LoopbackRequest&) { return raw(text); });
  const auto result = transferred(request_to(server.url()), {}, [](auto) { return true; });
  EXPECT_EQ(result.end, TransferEnd::finished) << result.message;
  EXPECT_LT(result.seconds, 2);
}

TEST(Transfer, PiecesOfAnErrorAreNotFed) {
  LoopbackServer server([](const LoopbackRequest&) { return whole_answer(500, "broken"); });
  bool fed = false;
  const auto result = transferred(request_to(server.url()), {}, [&](auto) { return fed = true; });
  EXPECT_FALSE(fed);
  EXPECT_EQ(result.response.body, "broken");
}

TEST(Transfer, MoreThanMayBeInFlightWaitForTheirTurn) {
  LoopbackServer server([](const LoopbackRequest&) {
    return LoopbackAnswer{{{5ms, answer_text(200, "x")}}};
  });
  const auto transfers = started({.most_in_flight = 3});
  std::promise<void> all;
  std::atomic<int> done = 0;
  for (int i = 0; i < 30; ++i)
    transfers->submit(request_to(server.url()), Secret(), {}, {{}, [&](TransferResult result) {
                                                                 EXPECT_EQ(result.end,
                                                                           TransferEnd::finished);
                                                                 if (++done == 30) all.set_value();
                                                               }});
  all.get_future().wait();
  EXPECT_LE(server.most_at_once(), 3);
  EXPECT_EQ(server.requests(), 30);
}

TEST(Transfer, CancelEndsItSoonAndOnce) {
  LoopbackServer server([](const LoopbackRequest&) { return raw(""); });
  const auto transfers = started({.most_in_flight = 1});
  std::vector<std::promise<TransferEnd>> ends(2);  // one under way, one that waits for it
  std::vector<std::uint64_t> ids;
  for (auto& end : ends)
    ids.push_back(
        transfers->submit(request_to(server.url()), Secret(), {},
                          {{}, [&](TransferResult result) { end.set_value(result.end); }}));
  while (server.requests() == 0) std::this_thread::sleep_for(1ms);
  for (const auto id : {ids[1], ids[0], ids[0], std::uint64_t{999}}) transfers->cancel(id);
  for (auto& end : ends) EXPECT_EQ(end.get_future().get(), TransferEnd::cancelled);
}

TEST(Transfer, TheEndCancelsWhatIsUnderWayAndWhatCallbacksSubmit) {
  LoopbackServer server([](const LoopbackRequest&) { return raw(""); });
  std::atomic<int> done = 0;
  auto owner = started();
  auto* const transfers = owner.get();
  for (int i = 0; i < 20; ++i)
    transfers->submit(request_to(server.url()), Secret(), {},
                      {{}, [&](TransferResult result) {
                         EXPECT_EQ(result.end, TransferEnd::cancelled);
                         ++done;
                         transfers->submit(request_to(server.url()), Secret(), {},
                                           {{}, [&](TransferResult) { ++done; }});
                       }});
  while (server.requests() < 20) std::this_thread::sleep_for(1ms);
  owner.reset();
  EXPECT_EQ(done, 40);
}

TEST(Transfer, TasksRunInTimeOnTheThread) {
  const auto transfers = started();
  std::promise<std::chrono::steady_clock::time_point> late;
  const auto begun = std::chrono::steady_clock::now();
  transfers->run_later(30ms, [&] { late.set_value(std::chrono::steady_clock::now()); });
  const auto waited = late.get_future().get() - begun;
  EXPECT_GE(waited, 30ms);
  EXPECT_LT(waited, 500ms);
}

TEST(Transfer, ProxiesOfTheEnvironmentAreUsed) {
  std::string head;
  LoopbackServer proxy([&](const LoopbackRequest& request) {
    head = request.head;
    return whole_answer(200, "by proxy");
  });
  setenv("http_proxy", proxy.url().c_str(), 1);
  const auto result = transferred(request_to("http://provider.invalid/v1/chat"));
  unsetenv("http_proxy");
  EXPECT_EQ(result.response.body, "by proxy");
  EXPECT_EQ(head.find("POST http://provider.invalid/v1/chat HTTP/1.1"), 0U);
}

}  // namespace
}  // namespace causal_gym

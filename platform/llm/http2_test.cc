// HTTP/2 over TLS through nginx: many calls share few connections, each gets its own reply, and
// what is cut on the way is an error of its own call.
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <functional>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "platform/config/temporary_folder.h"
#include "platform/http/listening_socket.h"
#include "platform/llm/client_probe.h"
#include "platform/llm/tls_probe.h"

namespace causal_gym {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 20s;

bool becomes_true(const std::function<bool()>& condition) {
  const auto begun = std::chrono::steady_clock::now();
  while (!condition()) {
    if (std::chrono::steady_clock::now() - begun > patience) return false;
    std::this_thread::sleep_for(5ms);
  }
  return true;
}

// nginx before a server, as its clients reach it: TLS, with HTTP/2 where they offer it.
class Nginx {
 public:
  // `more`: directives of the server.
  explicit Nginx(const std::string& upstream, const std::string& more = {})
      : port_(listen_on("127.0.0.1", 0, 1, false).value().port) {
    std::ofstream(folder_.file("nginx.conf")) << configuration(upstream, more);
    const auto at = folder_.path().string();
    const auto file = folder_.file("nginx.conf");
    const auto errors = folder_.file("error.log");
    const char* words[] = {"nginx",      "-p", at.c_str(),     "-c",
                           file.c_str(), "-e", errors.c_str(), nullptr};
    EXPECT_EQ(posix_spawn(&pid_, "/usr/sbin/nginx", nullptr, nullptr,
                          const_cast<char* const*>(words), environ),
              0);
    EXPECT_TRUE(becomes_true([&] { return is_up(); })) << text_of(errors);
  }
  ~Nginx() { end(); }
  Nginx(const Nginx&) = delete;
  Nginx& operator=(const Nginx&) = delete;

  void end() {
    if (pid_ == 0) return;
    kill(pid_, SIGKILL);
    waitpid(std::exchange(pid_, 0), nullptr, 0);
  }

  [[nodiscard]] std::string url() const { return "https://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] const TlsIdentity& identity() const { return identity_; }

  struct Log {
    std::vector<std::string> protocols;  // of each request
    std::set<std::string> connections;   // by their numbers
  };
  // Once so many requests are in it.
  [[nodiscard]] Log log(std::size_t requests) const {
    Log log;
    EXPECT_TRUE(becomes_true([&] {
      log = {};
      std::istringstream lines(text_of(folder_.file("access.log")));
      std::string protocol, connection;
      while (lines >> protocol >> connection) {
        log.protocols.push_back(protocol);
        log.connections.insert(connection);
      }
      return log.protocols.size() >= requests;
    }));
    return log;
  }

 private:
  static std::string text_of(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

  [[nodiscard]] bool is_up() const {
    const int number = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port_);
    const bool is_up = connect(number, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    close(number);
    return is_up;
  }

  // One process, which ends when it is told to; all its files in the folder.
  [[nodiscard]] std::string configuration(const std::string& upstream,
                                          const std::string& more) const {
    std::string text = "daemon off; master_process off; pid " + folder_.file("pid") +
                       "; events { worker_connections 1024; } http { log_format told"
                       " '$server_protocol $connection'; access_log " +
                       folder_.file("access.log") + " told; ";
    for (const auto* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
      text += std::string(kind) + "_temp_path " + folder_.file(kind) + "; ";
    return text + "server { listen 127.0.0.1:" + std::to_string(port_) +
           " ssl http2; ssl_certificate " + identity_.file() + "; ssl_certificate_key " +
           identity_.key_file() + "; " + more + " location / { proxy_pass " + upstream +
           "; proxy_buffering off; proxy_http_version 1.1; } } }\n";
  }

  TemporaryFolder folder_;
  TlsIdentity identity_{"IP:127.0.0.1"};
  std::uint16_t port_;
  pid_t pid_ = 0;
};

std::unique_ptr<ChatClient> client_through(const Nginx& nginx, int most_at_once, int attempts) {
  auto options = quick_options();
  options.width.most = most_at_once;
  options.retry.attempts = attempts;
  options.ca_file = nginx.identity().file();
  return client_of(std::move(options));
}

// Every third of them is streamed.
std::vector<ChatCall> mixed_calls_to(const Nginx& nginx, int count) {
  std::vector<ChatCall> calls;
  calls.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) calls.push_back(call_to(nginx.url(), i, i % 3 == 0));
  return calls;
}

// "question 7": what the body asks.
std::string question_of(const LoopbackRequest& request) {
  const auto begin = request.body.find("question ");
  return request.body.substr(begin, request.body.find('"', begin) - begin);
}

std::string text_of(const ChatResult& result) {
  const auto* reply = std::get_if<ChatReply>(&result.outcome);
  return reply == nullptr ? word_of(result) + ": " + message_of(result) : reply->text;
}

// A stream that breaks off after its first line.
LoopbackAnswer cut_answer(std::chrono::milliseconds before_the_cut) {
  return {{{0ms,
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            "Transfer-Encoding: chunked\r\n\r\n7\r\ntext a\n\r\n"},
           {before_the_cut, ""}},
          true};
}

constexpr int count_at_once = 200;

struct Shared {
  int most_at_once;         // that the server behind nginx saw
  std::size_t connections;  // to nginx
};

// So many calls, each of which gets its own reply.
Shared calls_at_once(const std::string& directives) {
  constexpr int count = count_at_once;
  const LoopbackServer server([](const LoopbackRequest& request) {
    auto answer = tiny_answer(request, "to " + question_of(request));
    // All of them are under way at once, and the last is answered first.
    const int number = std::stoi(question_of(request).substr(9));
    answer.pieces[0].delay = 1'500ms - number * 2ms;
    return answer;
  });
  const Nginx nginx(server.url(), directives);
  const auto client = client_through(nginx, count, 1);
  const auto results = results_of(*client, mixed_calls_to(nginx, count));
  std::set<std::int64_t> told;
  for (const auto& result : results) {
    const auto sequence = result.exchange.key.sequence;
    told.insert(sequence);
    EXPECT_EQ(text_of(result), "to question " + std::to_string(sequence));
  }
  EXPECT_EQ(results.size(), static_cast<std::size_t>(count));
  EXPECT_EQ(told.size(), results.size());
  EXPECT_EQ(server.requests(), count);
  const auto log = nginx.log(count);
  EXPECT_EQ(log.protocols, std::vector<std::string>(count, "HTTP/2.0"));
  return {server.most_at_once(), log.connections.size()};
}

TEST(Http2, TwoHundredCallsShareAFewConnectionsAndEachGetsItsOwnReply) {
  const auto shared = calls_at_once("http2_max_concurrent_streams 256;");
  EXPECT_EQ(shared.most_at_once, count_at_once);
  EXPECT_LE(shared.connections, 4U);
}

// Of a connection that is full libcurl knows at once, of one that is being made not: each call
// beyond makes its own.
TEST(Http2, AServerThatAllowsFewStreamsIsAskedOverMoreConnections) {
  const auto connections = calls_at_once("http2_max_concurrent_streams 50;").connections;
  EXPECT_GE(connections, 4U);
  EXPECT_LE(connections, count_at_once - 50U + 1U);
}

TEST(Http2, AStreamThatIsCutIsAnErrorAndHarmsNoOther) {
  constexpr int count = 30;
  const LoopbackServer server([](const LoopbackRequest& request) {
    if (is_stream(request)) return cut_answer(50ms);
    auto answer = tiny_answer(request, "to " + question_of(request));
    answer.pieces[0].delay = 300ms;
    return answer;
  });
  const Nginx nginx(server.url());
  const auto client = client_through(nginx, count, 2);
  const auto results = results_of(*client, mixed_calls_to(nginx, count));
  ASSERT_EQ(results.size(), static_cast<std::size_t>(count));
  for (const auto& result : results) {
    const auto sequence = result.exchange.key.sequence;
    if (sequence % 3 == 0) {
      EXPECT_EQ(word_of(result), "interrupted") << message_of(result);
      EXPECT_EQ(result.exchange.attempts.size(), 2U);
    } else {
      EXPECT_EQ(text_of(result), "to question " + std::to_string(sequence));
      EXPECT_EQ(result.exchange.attempts.size(), 1U);
    }
  }
  const auto log = nginx.log(count + count / 3);
  EXPECT_EQ(log.protocols, std::vector<std::string>(log.protocols.size(), "HTTP/2.0"));
  EXPECT_LE(log.connections.size(), 2U);
}

TEST(Http2, AConnectionThatIsLostInterruptsEachCallOnItOnce) {
  constexpr int count = 50;
  const LoopbackServer server([](const LoopbackRequest&) { return cut_answer(patience); });
  Nginx nginx(server.url());
  const auto client = client_through(nginx, count, 1);
  Results results;
  for (int i = 0; i < count; ++i)
    ASSERT_TRUE(client->submit(call_to(nginx.url(), i, true), results.taker()));
  ASSERT_TRUE(becomes_true([&] { return server.at_once() == count; }));
  std::this_thread::sleep_for(200ms);  // the first line of each is on its way
  nginx.end();
  client->wait();
  EXPECT_EQ(results.all().size(), static_cast<std::size_t>(count));
  EXPECT_EQ(count_of(results.all(), "interrupted"), count);
  EXPECT_EQ(server.requests(), count);
}

TEST(Http2, ServersThatEndTheirConnectionsNowAndThenLoseNoCallAndDoubleNone) {
  constexpr int count = 120;
  const LoopbackServer server([](const LoopbackRequest& request) {
    return tiny_answer(request, "to " + question_of(request));
  });
  const Nginx nginx(server.url(), "keepalive_requests 10;");
  const auto client = client_through(nginx, 8, 5);
  const auto results = results_of(*client, mixed_calls_to(nginx, count));
  ASSERT_EQ(results.size(), static_cast<std::size_t>(count));
  for (const auto& result : results)
    EXPECT_EQ(text_of(result), "to question " + std::to_string(result.exchange.key.sequence));
  EXPECT_EQ(server.requests(), count);
  EXPECT_GE(nginx.log(count).connections.size(), static_cast<std::size_t>(count / 10 - 1));
}

}  // namespace
}  // namespace causal_gym

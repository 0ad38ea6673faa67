// Streams over real sockets: pieces as they come, heartbeats, slow and gone readers, drain, limits.
#include "platform/http/body_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <mutex>
#include <thread>

#include "platform/http/http_server.h"
#include "platform/http/raw_client.h"

namespace causal_gym {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;

// What a test says, piece by piece.
struct Script {
  std::mutex mutex;
  std::deque<BodyPiece> pieces;
  std::function<void()> wake;
  int asked = 0;
  int streams = 0;

  void say(std::string text, bool ended = false) {
    const std::lock_guard lock(mutex);
    pieces.push_back({std::move(text), ended});
    if (wake) wake();
  }
  int count(int Script::*what) {
    const std::lock_guard lock(mutex);
    return this->*what;
  }
};

class ScriptedStream final : public BodyStream {
 public:
  explicit ScriptedStream(Script& script) : script_(script) {
    const std::lock_guard lock(script_.mutex);
    ++script_.streams;
  }
  ~ScriptedStream() override {
    const std::lock_guard lock(script_.mutex);
    script_.wake = nullptr;
    --script_.streams;
  }
  void start(std::function<void()> wake) override {
    const std::lock_guard lock(script_.mutex);
    script_.wake = std::move(wake);
  }
  BodyPiece next() override {
    const std::lock_guard lock(script_.mutex);
    ++script_.asked;
    if (script_.pieces.empty()) return {};
    auto piece = std::move(script_.pieces.front());
    script_.pieces.pop_front();
    return piece;
  }
  [[nodiscard]] std::string heartbeat() const override { return "beat\n"; }
  [[nodiscard]] std::string farewell() const override { return "farewell\n"; }

 private:
  Script& script_;
};

std::unique_ptr<HttpServer> serve(Script& script, ServerOptions options = {}) {
  auto server =
      HttpServer::start(std::move(options), [&](const HttpRequest&, const CancellationToken&) {
        HttpResponse response{.content_type = "text/event-stream"};
        response.stream = std::make_shared<ScriptedStream>(script);
        return response;
      });
  EXPECT_TRUE(server);
  return *std::move(server);
}

template <class Condition>
bool eventually(Condition condition) {
  for (int i = 0; i < 2'000 && !condition(); ++i) std::this_thread::sleep_for(5ms);
  return condition();
}

constexpr const char* get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

TEST(BodyStream, PiecesAreSentAsTheyComeInChunks) {
  Script script;
  const auto server = serve(script);
  RawClient client(server->port());
  ASSERT_TRUE(client.send(get));
  const auto head = client.read(/*head_request=*/true);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->header("Transfer-Encoding"), "chunked");
  EXPECT_EQ(head->header("Content-Length"), "");
  EXPECT_EQ(head->header("Connection"), "close");
  script.say("one\n");
  EXPECT_EQ(client.read_text("one\n"), "4\r\none\n");
  script.say(std::string(16, 'a'));
  EXPECT_EQ(client.read_text("aaaa\r\n"), "\r\n10\r\n" + std::string(16, 'a') + "\r\n");
  script.say("end", true);
  EXPECT_EQ(client.read_to_end(), "3\r\nend\r\n0\r\n\r\n");
  EXPECT_TRUE(eventually([&] { return script.count(&Script::streams) == 0; }));
}

TEST(BodyStream, HasNoChunksBeforeHttp11AndNoPiecesForHead) {
  Script script;
  const auto server = serve(script);
  script.say("all", true);
  RawClient old(server->port());
  ASSERT_TRUE(old.send("GET / HTTP/1.0\r\n\r\n"));
  const auto head = old.read(true);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->header("Transfer-Encoding"), "");
  EXPECT_EQ(old.read_to_end(), "all");
  RawClient asks(server->port());
  ASSERT_TRUE(asks.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"));
  ASSERT_TRUE(asks.read(true));
  EXPECT_EQ(asks.read_to_end(), "");
  EXPECT_EQ(script.count(&Script::asked), 1);
}

TEST(BodyStream, WhoSaysNothingSendsHeartbeats) {
  Script script;
  ServerOptions options;
  options.timeouts.heartbeat = 50ms;
  const auto server = serve(script, options);
  RawClient client(server->port());
  ASSERT_TRUE(client.send(get));
  ASSERT_TRUE(client.read(true));
  EXPECT_EQ(client.read_text("beat\n\r\n5\r\nbeat\n"), "5\r\nbeat\n\r\n5\r\nbeat\n");
}

TEST(BodyStream, AReaderWhoIsGoneEndsIt) {
  Script script;
  const auto server = serve(script);
  RawClient client(server->port());
  ASSERT_TRUE(client.send(get));
  ASSERT_TRUE(client.read(true));
  EXPECT_TRUE(eventually([&] { return script.count(&Script::streams) == 1; }));
  client.close();
  EXPECT_TRUE(eventually([&] { return script.count(&Script::streams) == 0; }));
  EXPECT_TRUE(eventually([&] { return server->open_connections() == 0; }));
}

TEST(BodyStream, AReaderWhoDoesNotReadIsNotAskedForMore) {
  Script script;
  ServerOptions options;
  options.timeouts.write = 300ms;
  const auto server = serve(script, options);
  for (int i = 0; i < 64; ++i) script.say(std::string(1 << 20, 'x'));
  RawClient client(server->port());
  ASSERT_TRUE(client.send(get));
  ASSERT_TRUE(client.read(true));
  // What the sockets hold is taken, then nothing, then the time to write is over.
  EXPECT_TRUE(eventually([&] { return script.count(&Script::streams) == 0; }));
  EXPECT_LT(script.count(&Script::asked), 32);
}

TEST(BodyStream, ADrainEndsItWithItsFarewell) {
  Script script;
  const auto server = serve(script);
  RawClient client(server->port());
  ASSERT_TRUE(client.send(get));
  ASSERT_TRUE(client.read(true));
  std::atomic<bool> in_time = false;
  std::thread stopping([&] { in_time = server->stop(5s); });
  EXPECT_EQ(client.read_to_end(), "9\r\nfarewell\n\r\n0\r\n\r\n");
  client.close();
  stopping.join();
  EXPECT_TRUE(in_time);
}

TEST(BodyStream, EndsAfterItsTime) {
  Script script;
  ServerOptions options;
  options.timeouts.stream = 50ms;
  options.timeouts.heartbeat = 20ms;
  const auto server = serve(script, options);
  RawClient client(server->port());
  ASSERT_TRUE(client.send(get));
  ASSERT_TRUE(client.read(true));
  EXPECT_THAT(client.read_to_end(), EndsWith("9\r\nfarewell\n\r\n0\r\n\r\n"));
}

TEST(BodyStream, ThereAreNoMoreThanTheLimit) {
  Script script;
  ServerOptions options;
  options.limits.streams = 1;
  const auto server = serve(script, options);
  RawClient first(server->port());
  ASSERT_TRUE(first.send(get));
  ASSERT_TRUE(first.read(true));
  RawClient second(server->port());
  ASSERT_TRUE(second.send(get));
  const auto refused = second.read();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503);
  EXPECT_EQ(refused->header("Retry-After"), "1");
  EXPECT_THAT(refused->body, HasSubstr("too many streams"));
  first.close();
  // A refused one takes no place, not even while its connection is still open.
  EXPECT_TRUE(eventually([&] {
    RawClient third(server->port());
    const auto answer = third.send(get) ? third.read(true) : std::nullopt;
    return answer && answer->status == 200;
  }));
}

}  // namespace
}  // namespace causal_gym

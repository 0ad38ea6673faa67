// Clients that do not read what they asked for: how long they are waited for, and how much is held.
#include <thread>
#include <vector>

#include "platform/http/http_server.h"
#include "platform/http/raw_client.h"

namespace causal_gym {
namespace {

using namespace std::chrono_literals;

constexpr const char* get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr const char* get_and_close = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
constexpr const char* answered = "HTTP/1.1 200 OK";
constexpr int small_window = 2'048;
// Of an answer that the kernels of both sides take as a whole, but not that of the client alone.
constexpr std::size_t short_bytes = 12 << 10;

std::unique_ptr<HttpServer> serve_bodies(std::size_t bytes, ServerOptions options) {
  auto server =
      HttpServer::start(std::move(options), [bytes](const HttpRequest&, const CancellationToken&) {
        return HttpResponse{.body = std::string(bytes, 'x')};
      });
  EXPECT_TRUE(server) << error_text(server.error());
  return *std::move(server);
}

bool eventually(const HttpServer& server, std::size_t connections) {
  for (int i = 0; i < 1'000 && server.open_connections() != connections; ++i)
    std::this_thread::sleep_for(5ms);
  return server.open_connections() == connections;
}

TEST(SlowReader, IsCutOffAlsoWhenTheKernelHoldsTheWholeAnswer) {
  for (const bool half_closed : {false, true})
    for (const char* request : {get, get_and_close}) {
      SCOPED_TRACE(request);
      ServerOptions options;
      options.timeouts.write = 200ms;
      const auto server = serve_bodies(short_bytes, options);
      RawClient client(server->port(), small_window);
      ASSERT_TRUE(client.send(request));
      if (half_closed) client.end_sending();
      EXPECT_EQ(client.read_text(answered), answered);
      EXPECT_TRUE(eventually(*server, 0));
      EXPECT_LT(client.read_to_end().size(), short_bytes) << "nothing is sent after that";
    }
}

TEST(SlowReader, HasTheTimeOfAnAnswerToReadItAlsoWhenTheConnectionEnds) {
  for (const bool half_closed : {false, true})
    for (const char* request : {get, get_and_close}) {
      SCOPED_TRACE(request);
      ServerOptions options;
      options.timeouts.idle = 300ms;
      const auto server = serve_bodies(short_bytes, options);
      RawClient client(server->port(), small_window);
      ASSERT_TRUE(client.send(request));
      if (half_closed) client.end_sending();
      std::this_thread::sleep_for(1'300ms);  // longer than a closed connection lingers
      EXPECT_EQ(server->open_connections(), 1U);
      EXPECT_GT(client.read_to_end().size(), short_bytes);
      EXPECT_TRUE(eventually(*server, 0));
    }
}

TEST(SlowReader, TheOnesWhoReadForLongestGiveWayWhenTooMuchIsUnsent) {
  constexpr std::size_t long_bytes = 1 << 20;
  ServerOptions options;
  options.limits.unsent_bytes = 3 * long_bytes + long_bytes / 2;
  const auto server = serve_bodies(long_bytes, options);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (std::size_t i = 1; i <= 9; ++i) {
    clients.push_back(std::make_unique<RawClient>(server->port(), 16 << 10));
    ASSERT_TRUE(clients.back()->send(get_and_close));
    ASSERT_EQ(clients.back()->read_text(answered), answered);
  }
  EXPECT_TRUE(eventually(*server, 3));
  for (std::size_t i = 0; i < clients.size(); ++i)
    EXPECT_EQ(clients[i]->read_to_end().size() >= long_bytes, i >= clients.size() - 3) << i;
}

TEST(SlowReader, AloneMayHaveAnAnswerOverThatLimit) {
  constexpr std::size_t long_bytes = 8 << 20;
  ServerOptions options;
  options.limits.unsent_bytes = 1'024;
  const auto server = serve_bodies(long_bytes, options);
  RawClient client(server->port());
  ASSERT_TRUE(client.send(get));
  std::this_thread::sleep_for(600ms);  // two sweeps
  const auto response = client.read();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body.size(), long_bytes);
}

// Ten large bodies that are not sent to their end, and what is let in beside them.
TEST(SlowSender, LargeRequestsGiveWayWhenTooMuchIsReceivedAndSmallOnesDoNot) {
  constexpr std::size_t part = 256 << 10;
  ServerOptions options;
  options.limits.received_bytes = 4 * part + part / 2;
  const auto server = serve_bodies(16, options);
  const auto large =
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(2 * part) + "\r\n\r\n";
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(std::make_unique<RawClient>(server->port()));
    ASSERT_TRUE(clients.back()->send(large + std::string(part, 'x')));
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_TRUE(eventually(*server, 4));
  const auto refused = clients.back()->read();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503);
  RawClient small(server->port());
  ASSERT_TRUE(small.send(get));
  EXPECT_TRUE(small.read());
  for (int i = 0; i < 4; ++i) clients[i]->end_sending();  // what they held is given back
  EXPECT_TRUE(eventually(*server, 1));
  RawClient again(server->port());
  ASSERT_TRUE(again.send(large + std::string(2 * part, 'x')));
  const auto taken = again.read();
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->status, 200);
}

}  // namespace
}  // namespace causal_gym

// Requests of the side lane wait for one another, and nothing else waits for them.
#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <thread>

#include "platform/http/http_server.h"
#include "platform/http/raw_client.h"
#include "platform/http/server_thread.h"

namespace causal_gym {
namespace {

using namespace std::chrono_literals;

std::string get(const std::string& path) { return "GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n"; }

template <class Condition>
bool eventually(Condition condition) {
  for (int i = 0; i < 2'000 && !condition(); ++i) std::this_thread::sleep_for(5ms);
  return condition();
}

// Says which thread has answered; in /slow, when it is let go.
struct SlowHandler {
  HttpResponse operator()(const HttpRequest& request, const CancellationToken&) {
    if (request.path == "/slow") {
      ++inside;
      while (!open) std::this_thread::sleep_for(1ms);
    }
    return {.body = server_thread() == ServerThread::side_lane ? "side lane"
                    : server_thread() == ServerThread::working ? "worker"
                                                               : "elsewhere"};
  }
  std::atomic<int> inside = 0;
  std::atomic<bool> open = false;
};

ServerOptions with_lane() {
  ServerOptions options;
  options.workers = 1;
  options.side_lane.takes = [](const HttpRequest& request) { return request.path == "/slow"; };
  options.side_lane.threads = 1;
  options.side_lane.waiting = 2;
  return options;
}

TEST(SideLane, HoldsItsOwnRequestsAndNoOthers) {
  SlowHandler handler;
  const auto server = *HttpServer::start(with_lane(), std::ref(handler));
  std::deque<RawClient> slow;
  slow.emplace_back(server->port());
  ASSERT_TRUE(slow.back().send(get("/slow")));
  ASSERT_TRUE(eventually([&] { return handler.inside == 1; }));
  for (int i = 0; i < 5; ++i) {
    slow.emplace_back(server->port());
    ASSERT_TRUE(slow.back().send(get("/slow")));
  }
  const auto answered = [&] {
    int count = 0;
    for (auto& client : slow) count += client.has_input();
    return count;
  };
  EXPECT_TRUE(eventually([&] { return answered() == 3; })) << "one is inside, and two wait";
  RawClient other(server->port());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(other.send(get("/other")));
    const auto response = other.read();
    EXPECT_EQ(response ? response->body : "nothing", "worker");
  }
  EXPECT_EQ(handler.inside, 1);
  handler.open = true;
  int refused = 0;
  for (auto& client : slow) {
    const auto response = client.read();
    ASSERT_TRUE(response);
    refused += response->status == 503 && response->header("Retry-After") == "1";
    if (response->status == 200) {
      EXPECT_EQ(response->body, "side lane");
    }
  }
  EXPECT_EQ(refused, 3);
}

TEST(SideLane, IsThereWhenItTakesSomething) {
  SlowHandler handler;
  handler.open = true;
  auto options = with_lane();
  options.side_lane.takes = {};
  const auto server = *HttpServer::start(options, std::ref(handler));
  RawClient client(server->port());
  ASSERT_TRUE(client.send(get("/slow")));
  EXPECT_EQ(client.read().value_or(RawResponse()).body, "worker");
}

TEST(SideLane, HasAThreadAndAPlace) {
  SlowHandler handler;
  auto no_threads = with_lane();
  no_threads.side_lane.threads = 0;
  auto no_place = with_lane();
  no_place.side_lane.waiting = 0;
  for (const auto& options : {no_threads, no_place}) {
    const auto server = HttpServer::start(options, std::ref(handler));
    ASSERT_FALSE(server);
    EXPECT_EQ(server.error().code, ErrorCode::invalid_argument);
  }
}

}  // namespace
}  // namespace causal_gym

// Passwords are hashed in a lane of the server's own: however many sign in, everything else is
// answered.
#include "apps/server/hashing_lane.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <thread>

#include "apps/server/access_probe.h"

namespace causal_gym {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

// All turns of the server's hasher, until it goes: nothing is hashed meanwhile.
class HeldHasher {
 public:
  explicit HeldHasher(PasswordHasher& hasher) {
    for (std::size_t i = 0; i < AccessProbe::hashes_at_once; ++i) turns_.emplace_back(hasher);
  }

 private:
  std::deque<PasswordHasher::Turn> turns_;
};

template <class Condition>
bool eventually(Condition condition) {
  for (int i = 0; i < 2'000 && !condition(); ++i) std::this_thread::sleep_for(5ms);
  return condition();
}

// Of a name of its own, so that no lock-out is met.
class SignIn {
 public:
  SignIn(const AccessProbe& server, int number) : client_(server.port()) {
    const auto body =
        json{{"name", "nobody-" + std::to_string(number)}, {"password", "wrong wrong wrong"}}
            .dump();
    EXPECT_TRUE(client_.send("POST /api/v1/auth/sign-in HTTP/1.1\r\nHost: " + server.host() +
                             "\r\nContent-Type: application/json\r\nContent-Length: " +
                             std::to_string(body.size()) + "\r\n\r\n" + body));
  }
  bool is_answered() { return client_.has_input(); }
  RawResponse answer() { return client_.read().value_or(RawResponse()); }

 private:
  RawClient client_;
};

constexpr std::size_t lane_threads = 2, lane_places = 16, too_many = 6;

// A lane that is full, and behind it requests that it has no place for.
struct FullLane {
  explicit FullLane(AccessProbe& server) : held(std::make_unique<HeldHasher>(server.hasher())) {
    int number = 0;
    for (std::size_t i = 0; i < lane_threads; ++i) sign_ins.emplace_back(server, number++);
    EXPECT_TRUE(eventually([&] { return server.hasher().waiting() == lane_threads; }));
    for (std::size_t i = 0; i < lane_places + too_many; ++i)
      sign_ins.emplace_back(server, number++);
    EXPECT_TRUE(eventually([&] { return answered() == too_many; })) << answered();
  }
  std::size_t answered() {
    return static_cast<std::size_t>(std::count_if(
        sign_ins.begin(), sign_ins.end(), [](auto& sign_in) { return sign_in.is_answered(); }));
  }

  std::unique_ptr<HeldHasher> held;
  std::deque<SignIn> sign_ins;
};

TEST(HashingLane, IsTwoThreadsAndSixteenPlacesAndTheRestIsAskedToComeAgain) {
  AccessProbe server;
  FullLane lane(server);
  for (auto& sign_in : lane.sign_ins) {
    if (!sign_in.is_answered()) continue;
    const auto refused = sign_in.answer();
    EXPECT_EQ(refused.status, 503) << refused.body;
    EXPECT_EQ(refused.header("Retry-After"), "1");
    EXPECT_EQ(json::parse(refused.body)["error"]["code"], "unavailable");
  }
  EXPECT_EQ(lane.answered(), 0U) << "the others wait for their turn";
  EXPECT_EQ(server.hasher().waiting(), lane_threads);
  lane.held.reset();
  std::size_t compared = 0;
  EXPECT_TRUE(eventually([&] { return lane.answered() == lane_threads + lane_places; }));
  for (auto& sign_in : lane.sign_ins)
    if (sign_in.is_answered()) compared += sign_in.answer().status == 401;
  EXPECT_EQ(compared, lane_threads + lane_places);
}

TEST(HashingLane, HoldsNothingElseUp) {
  static_assert(AccessProbe::shared_workers < lane_threads + lane_places);
  AccessProbe server;
  server.add("eve", Role::viewer);
  server.add("root", Role::admin);
  const auto eve = server.bearer_of("eve");
  auto root = server.bearer_of("root");
  FullLane lane(server);
  EXPECT_EQ(server.send("GET", "/api/v1/auth/me", "", eve).status, 200);
  EXPECT_EQ(server.send("GET", "/sign-in").status, 200);
  root.emplace_back("Content-Type", "application/json");
  const auto change = [&](const json& body) {
    return server.send("PATCH", "/api/v1/users/eve", body.dump(), root).status;
  };
  EXPECT_EQ(change({{"password", "another good passphrase"}}), 503) << "which is to be hashed";
  EXPECT_EQ(change({{"disabled", true}}), 200) << "whoever floods is shut out meanwhile";
  EXPECT_EQ(server.send("GET", "/api/v1/auth/me", "", eve).status, 401);
  lane.held.reset();
  EXPECT_EQ(change({{"role", "researcher"}}), 200);
}

// What hashes elsewhere is noticed by AccessProbe, in every test; here, that the marks are right.
TEST(HashingLane, EveryMarkedRouteHashesInIt) {
  AccessProbe server;
  server.add("root", Role::admin);
  auto root = server.bearer_of("root");
  const auto cookie = server.browser_cookie("root");
  const auto page = server.send("GET", "/account", "", {{"Cookie", cookie}});
  const auto csrf = "&csrf=" + AccessProbe::form_token_in(page.body);
  int before = server.hashed_in_lane();
  EXPECT_EQ(before, 2) << "a sign-in of a program, and one of a browser";
  const auto hashed = [&] {
    return server.hashed_in_lane() - std::exchange(before, server.hashed_in_lane());
  };
  const auto with_root = [&](const char* method, const char* path, const json& body) {
    auto headers = root;
    headers.emplace_back("Content-Type", "application/json");
    return server.send(method, path, body.dump(), headers).status;
  };
  const char* wrong = "wrong wrong wrong";
  EXPECT_EQ(with_root("POST", "/api/v1/auth/password", {{"current", wrong}, {"new", wrong}}), 403);
  EXPECT_EQ(hashed(), 1);
  EXPECT_EQ(with_root("POST", "/api/v1/auth/second-factor", {{"password", wrong}}), 403);
  EXPECT_EQ(hashed(), 1);
  const json eve = {{"name", "eve"}, {"role", "viewer"}, {"password", "good words for eve"}};
  EXPECT_EQ(with_root("POST", "/api/v1/users", eve), 201);
  EXPECT_EQ(hashed(), 1);
  EXPECT_EQ(with_root("PATCH", "/api/v1/users/eve", {{"password", "other words for eve"}}), 200);
  EXPECT_EQ(hashed(), 1);
  server.form("/account/password", "current=wrong&new=wrong" + csrf, {{"Cookie", cookie}});
  EXPECT_EQ(hashed(), 1);
  server.form("/account/second-factor", "password=wrong" + csrf, {{"Cookie", cookie}});
  EXPECT_EQ(hashed(), 1);
  std::size_t marked = 0;
  for (const auto& route : server.routes) marked += route.hashing != Hashing::never;
  EXPECT_EQ(marked, 8U) << "these six, and the two sign-ins";
}

TEST(HashingLane, AChangeOfAUserGoesThereWhenItsBodySetsAPassword) {
  const AccessProbe server;
  const auto hashes = hashing_requests(server.routes);
  const auto change = [&](const std::string& body, const char* path = "/api/v1/users/eve") {
    HttpRequest request;
    request.method = "PATCH";
    request.path = path;
    request.body = body;
    return hashes(request);
  };
  EXPECT_TRUE(change(R"({"password":"x"})"));
  EXPECT_TRUE(change(R"({"disabled":true,"p\u0061ssword":"x"})"));
  EXPECT_TRUE(change(R"({"password":"x"})", "/api/v1/users/%65ve"));
  EXPECT_TRUE(change(R"({"disabled":true})" + std::string(5'000, ' '))) << "not looked through";
  EXPECT_FALSE(change(R"({"disabled":true})"));
  EXPECT_FALSE(change(R"({"role":"password"})"));
  EXPECT_FALSE(change(R"(["password"])"));
  EXPECT_FALSE(change(R"({"password":)"));
  EXPECT_FALSE(change(""));
  EXPECT_FALSE(change(R"({"password":"x"})", "/api/v1/users"));
}

}  // namespace
}  // namespace causal_gym

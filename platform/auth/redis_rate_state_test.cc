// Limits that two replicas share in a real Redis, which is flushed, spoilt, stalled, full and
// ended.
#include "platform/auth/redis_rate_state.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "platform/cache/redis_server.h"

namespace causal_gym {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr Bucket slow_bucket{4, 0.01};

// A replica's own memory, and its way to the Redis that all share.
struct Replica {
  // A busy machine is no reason to count alone, but for the tests of that.
  explicit Replica(const RedisAddress& address,
                   const RedisLimits& limits = {seconds(5), seconds(5)})
      : redis(address, clock, limits),
        state(make_redis_rate_state(redis, make_memory_rate_state(clock))) {}

  SystemClock clock;
  Redis redis;
  std::unique_ptr<RateState> state;
};

class RedisRateStateTest : public testing::Test {
 protected:
  RedisServer server{free_port()};
  Replica one{server.address()}, two{server.address()};

  void SetUp() override {
    ASSERT_TRUE(answers(one.redis));
    ASSERT_TRUE(answers(two.redis));
  }
  // How many of so many one takes.
  static int taken(Replica& replica, int times, const Bucket& bucket = slow_bucket) {
    int count = 0;
    for (int i = 0; i < times; ++i) count += replica.state->take("ada", bucket).count() == 0;
    return count;
  }
};

TEST_F(RedisRateStateTest, ABucketIsSharedByAllReplicas) {
  EXPECT_EQ(taken(one, 3), 3);
  EXPECT_EQ(taken(two, 4), 1);
  const auto wait = two.state->take("ada", slow_bucket);
  EXPECT_GT(wait, seconds(90));
  EXPECT_LE(wait, seconds(100));
  EXPECT_EQ(one.state->take("bob", slow_bucket), nanoseconds(0));
}

TEST_F(RedisRateStateTest, ABucketFillsWithTimeUpToItsCapacity) {
  const Bucket quick{2, 20};
  EXPECT_EQ(taken(one, 2, quick), 2);
  const auto wait = two.state->take("ada", quick);
  EXPECT_GT(wait, nanoseconds(0));
  EXPECT_LE(wait, milliseconds(50));
  std::this_thread::sleep_for(milliseconds(250));  // five tokens, of which two stay
  EXPECT_EQ(taken(one, 2, quick), 2);
  EXPECT_GT(two.state->take("ada", quick), nanoseconds(0));
}

TEST_F(RedisRateStateTest, ManyAtOnceTakeNoMoreThanThereIs) {
  std::vector<std::unique_ptr<Replica>> replicas;
  for (int i = 0; i < 8; ++i) replicas.push_back(std::make_unique<Replica>(server.address()));
  for (auto& replica : replicas) ASSERT_TRUE(answers(replica->redis));
  std::atomic<int> count = 0;
  std::vector<std::thread> threads;
  threads.reserve(replicas.size());
  for (auto& replica : replicas)
    threads.emplace_back([&count, &replica] { count += taken(*replica, 20, {30, 0.001}); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(count, 30);
}

TEST_F(RedisRateStateTest, LockOutsAreSharedAndDouble) {
  const LockOut policy{3, seconds(10), seconds(30), seconds(100)};
  const auto attempt = [&](Replica& replica) { return replica.state->attempt("ada", policy); };
  EXPECT_EQ(attempt(one), nanoseconds(0));
  EXPECT_EQ(attempt(two), nanoseconds(0));
  EXPECT_EQ(attempt(one), nanoseconds(0));
  two.state->take_back("ada");
  EXPECT_EQ(attempt(two), nanoseconds(0));
  EXPECT_EQ(attempt(one), nanoseconds(0));  // the fourth: locks for 10 s
  for (auto* replica : {&one, &two}) {
    EXPECT_GT(attempt(*replica), seconds(8));
    EXPECT_LE(attempt(*replica), seconds(10));
  }
  two.state->take_back("ada");
  EXPECT_EQ(attempt(two), nanoseconds(0));  // the fourth again
  one.state->forget("ada");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(attempt(one), nanoseconds(0)) << i;
}

// Replicas that have just started know nothing of their own.
TEST_F(RedisRateStateTest, EachFurtherAttemptLocksForTwiceAsLong) {
  const LockOut policy{1, seconds(10), seconds(30), seconds(100)};
  const auto attempt = [&] { return Replica(server.address()).state->attempt("ada", policy); };
  EXPECT_EQ(attempt(), nanoseconds(0));
  for (const int locked : {10, 20, 30, 30}) {
    EXPECT_EQ(attempt(), nanoseconds(0)) << locked;
    const auto wait = attempt();
    EXPECT_GT(wait, seconds(locked - 5));
    EXPECT_LE(wait, seconds(locked));
    ASSERT_TRUE(one.redis.command({"EVAL",
                                   "return redis.call('HSET', redis.call('KEYS', '*')[1], "
                                   "'locked', 0)",
                                   "0"}));
  }
}

TEST_F(RedisRateStateTest, NothingOfWhoItIsIsKeptAndAllOfItGoes) {
  EXPECT_EQ(taken(one, 1), 1);
  EXPECT_EQ(one.state->attempt("ada", {}), nanoseconds(0));
  const auto script =
      "local all = '' for _, k in ipairs(redis.call('KEYS', '*')) do all = all .. k "
      ".. ' ' .. redis.call('PTTL', k) .. '\\n' end return all";
  const auto reply = one.redis.command({"EVAL", script, "0"});
  ASSERT_TRUE(reply && std::holds_alternative<std::string>(*reply));
  const auto& keys = std::get<std::string>(*reply);
  EXPECT_EQ(std::count(keys.begin(), keys.end(), '\n'), 2);
  EXPECT_EQ(keys.find("ada"), std::string::npos);
  EXPECT_EQ(keys.find(" -1"), std::string::npos) << keys;  // each has an end
}

TEST_F(RedisRateStateTest, OneThatForgotOrIsSpoiltLeavesEachReplicaItsOwnLimit) {
  EXPECT_EQ(taken(one, 3), 3);
  ASSERT_TRUE(one.redis.command({"FLUSHALL"}));
  EXPECT_EQ(taken(one, 9), 1);  // its own memory holds
  ASSERT_TRUE(one.redis.command({"EVAL",
                                 "for _, k in ipairs(redis.call('KEYS', '*')) do "
                                 "redis.call('SET', k, 'nonsense') end return 0",
                                 "0"}));
  EXPECT_EQ(taken(two, 9), 4);
}

TEST_F(RedisRateStateTest, OneThatStallsOrEndsHoldsNobodyUp) {
  Replica usual(server.address(), rate_redis_limits);
  ASSERT_TRUE(answers(usual.redis));
  EXPECT_EQ(taken(one, 1), 1);
  server.signal(SIGSTOP);
  const Stopwatch stopwatch(one.clock);
  EXPECT_EQ(taken(usual, 1'000), 4);
  for (int i = 0; i < 500; ++i)
    EXPECT_EQ(usual.state->take("user " + std::to_string(i), slow_bucket), nanoseconds(0));
  EXPECT_LT(stopwatch.elapsed(), seconds(2));
  server.signal(SIGCONT);
  server.end();
  for (auto* replica : {&one, &usual}) {
    EXPECT_EQ(replica->state->take("bob", slow_bucket), nanoseconds(0));
    EXPECT_EQ(replica->state->attempt("bob", {}), nanoseconds(0));
  }
}

TEST(RedisRateStateFull, OneThatTakesNothingMoreRefusesNobody) {
  RedisServer full(free_port(), {"--maxmemory", "1", "--maxmemory-policy", "noeviction"});
  Replica replica(full.address());
  ASSERT_TRUE(answers(replica.redis));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(replica.state->take("a", slow_bucket), nanoseconds(0)) << i;
  EXPECT_GT(replica.state->take("a", slow_bucket), nanoseconds(0));
}

}  // namespace
}  // namespace causal_gym

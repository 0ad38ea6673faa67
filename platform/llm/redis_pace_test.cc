// The pace that replicas share: on a real Redis, and on one that is not there.
#include "platform/llm/redis_pace.h"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <string>
#include <thread>

#include "platform/cache/redis_server.h"

namespace causal_gym {
namespace {

PaceTicket ticket(int number) { return {"openai http://a", "request-" + std::to_string(number)}; }

void sleep_for(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

class RedisPaceTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(answers(redis)); }

  SystemClock clock;
  RedisServer server{free_port()};
  Redis redis{server.address(), clock, pace_redis_limits};
  Redis other_redis{server.address(), clock, pace_redis_limits};
  RedisPaceOptions options{.width = {.most = 4, .cooldown_seconds = 1}, .lease_seconds = 1};
  std::unique_ptr<SharedPace> pace = make_redis_pace(redis, options);
  std::unique_ptr<SharedPace> other = make_redis_pace(other_redis, options);
};

TEST_F(RedisPaceTest, ReplicasTogetherHaveAsManyPlacesAsThereAre) {
  for (int i = 0; i < 4; ++i) EXPECT_EQ((i % 2 == 0 ? pace : other)->enter(ticket(i)), 0);
  EXPECT_DOUBLE_EQ(pace->enter(ticket(4)), options.full_seconds);
  EXPECT_DOUBLE_EQ(other->enter(ticket(4)), options.full_seconds);
  EXPECT_EQ(other->enter(ticket(1)), 0) << "it has its place already";
  EXPECT_EQ(other->enter({"openai http://b", "request-4"}), 0) << "another provider";
  pace->leave(ticket(0), PaceNews::answered, 0);
  EXPECT_EQ(other->enter(ticket(4)), 0);
  EXPECT_GT(pace->enter(ticket(5)), 0);
}

TEST_F(RedisPaceTest, ThePlacesOfTheDeadComeBackAndThoseOfTheLivingStay) {
  for (int i = 0; i < 4; ++i) EXPECT_EQ(pace->enter(ticket(i)), 0);
  for (int i = 0; i < 4; ++i) {
    sleep_for(0.4);
    pace->renew(ticket(0));
  }
  for (int i = 4; i < 7; ++i) EXPECT_EQ(other->enter(ticket(i)), 0);
  EXPECT_GT(other->enter(ticket(7)), 0);
  other->renew(ticket(1));  // its place was given away
  EXPECT_GT(pace->enter(ticket(1)), 0);
}

TEST_F(RedisPaceTest, WhatAProviderAsksOneReplicaHoldsForAll) {
  EXPECT_EQ(pace->enter(ticket(1)), 0);
  pace->leave(ticket(1), PaceNews::limited, 1);
  const auto wait = other->enter(ticket(2));
  EXPECT_GT(wait, 0.3);
  EXPECT_LE(wait, 1);
  sleep_for(wait + 0.01);
  EXPECT_EQ(other->enter(ticket(2)), 0);
}

TEST_F(RedisPaceTest, TooManyRequestsNarrowTheWidthOfAllOnceAWaveAndSuccessesWidenIt) {
  for (int i = 0; i < 4; ++i) EXPECT_EQ(pace->enter(ticket(i)), 0);
  for (int i = 0; i < 4; ++i) (i % 2 == 0 ? pace : other)->leave(ticket(i), PaceNews::limited, 0);
  // 4 x 0.7.
  for (int i = 0; i < 2; ++i) EXPECT_EQ(other->enter(ticket(i)), 0);
  EXPECT_GT(pace->enter(ticket(2)), 0);
  other->leave(ticket(0), PaceNews::troubled, 0);
  sleep_for(1.05);
  pace->leave(ticket(1), PaceNews::answered, 0);
  pace->leave(ticket(9), PaceNews::answered, 0);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(pace->enter(ticket(i)), 0);
  EXPECT_GT(other->enter(ticket(3)), 0);
}

TEST_F(RedisPaceTest, ARedisThatIsFlushedStalledOrDeadHoldsNobody) {
  for (int i = 0; i < 4; ++i) EXPECT_EQ(pace->enter(ticket(i)), 0);
  pace->leave(ticket(0), PaceNews::limited, 60);
  EXPECT_GT(pace->enter(ticket(0)), 0);
  ASSERT_TRUE(redis.command({"FLUSHALL"}));
  EXPECT_EQ(pace->enter(ticket(0)), 0);
  pace->leave(ticket(0), PaceNews::limited, 60);
  server.signal(SIGSTOP);
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(pace->enter(ticket(i)), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(2));
  server.end();
  EXPECT_EQ(other->enter(ticket(5)), 0);
  other->leave(ticket(5), PaceNews::answered, 0);
  other->renew(ticket(5));
}

}  // namespace
}  // namespace causal_gym

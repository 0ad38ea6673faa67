// What is asked again is not worked out again, by one replica or by another; what failed is.
#include "apps/server/answer_cache.h"

#include <gtest/gtest.h>

#include <thread>

#include "platform/cache/redis_server.h"

namespace causal_gym {
namespace {

constexpr const char* good = R"({"result":1})";
constexpr const char* bad = R"({"error":{"code":"cancelled"}})";

class AnswerCacheTest : public testing::Test {
 protected:
  SystemClock clock;
  Metrics metrics{{"1", "gcc"}, {}};
  Configuration config;
  int worked = 0;

  std::unique_ptr<AnswerCache> open() { return AnswerCache::open(config, clock, metrics).value(); }
  std::string ask(AnswerCache& cache, const std::string& request, const char* answer = good,
                  std::chrono::milliseconds time = {}, const char* operation = "ask") {
    return cache.answer(operation, request, {}, [&] {
      ++worked;
      std::this_thread::sleep_for(time);
      return std::string(answer);
    });
  }
  bool counted(const std::string& cache, const std::string& result, int count) {
    const auto line = "causal_cache_operations_total{cache=\"" + cache + "\",result=\"" + result +
                      "\"} " + std::to_string(count) + "\n";
    return metrics.text().find(line) != std::string::npos;
  }
};

TEST_F(AnswerCacheTest, AnAnswerIsWorkedOutOnce) {
  const auto cache = open();
  EXPECT_EQ(ask(*cache, "a"), good);
  EXPECT_EQ(ask(*cache, "a", "something else"), good);
  EXPECT_EQ(worked, 1);
  EXPECT_EQ(ask(*cache, "b", R"({"result":2})"), R"({"result":2})");
  EXPECT_EQ(ask(*cache, "a", good, {}, "identify"), good);  // another operation
  EXPECT_EQ(worked, 3);
  EXPECT_TRUE(counted("memory", "hit", 1)) << metrics.text();
  EXPECT_TRUE(counted("memory", "miss", 3)) << metrics.text();
  EXPECT_TRUE(counted("redis", "miss", 0));
}

TEST_F(AnswerCacheTest, WhatIsKeptIsHadWithoutWork) {
  const auto cache = open();
  EXPECT_EQ(cache->kept("ask", "a"), std::nullopt);
  EXPECT_TRUE(counted("memory", "miss", 0)) << "the look that counts is that of the answer";
  EXPECT_EQ(ask(*cache, "a"), good);
  EXPECT_EQ(cache->kept("ask", "a"), good);
  EXPECT_EQ(cache->kept("identify", "a"), std::nullopt);
  EXPECT_TRUE(counted("memory", "hit", 1));
  EXPECT_EQ(ask(*cache, "b", bad), bad);
  EXPECT_EQ(cache->kept("ask", "b"), std::nullopt);
  EXPECT_EQ(ask(*cache, "", good, {}, "runs"), good);
  EXPECT_EQ(cache->kept("runs", ""), std::nullopt);
}

TEST_F(AnswerCacheTest, ErrorsAndWhatReadsTheStoreAreAskedAnew) {
  const auto cache = open();
  EXPECT_EQ(ask(*cache, "a", bad), bad);
  EXPECT_EQ(ask(*cache, "a"), good);
  EXPECT_EQ(ask(*cache, "", R"({"result":[]})", {}, "runs"), R"({"result":[]})");
  EXPECT_EQ(ask(*cache, "", R"({"result":[1]})", {}, "runs"), R"({"result":[1]})");
  EXPECT_EQ(worked, 4);
}

TEST_F(AnswerCacheTest, NoMemoryKeepsNothing) {
  config.cache.memory_bytes = 0;
  const auto cache = open();
  ask(*cache, "a");
  ask(*cache, "a");
  EXPECT_EQ(worked, 2);
}

TEST_F(AnswerCacheTest, ReplicasShareWhatTookTimeAndRedisMayEnd) {
  RedisServer server(free_port());
  const auto address = server.address();
  config.redis.url = "redis://127.0.0.1:" + std::to_string(address.port);
  Redis redis(address, clock);
  ASSERT_TRUE(answers(redis));
  const auto one = open();
  const auto other = open();
  ask(*one, "slow", good, std::chrono::milliseconds(5));
  EXPECT_EQ(ask(*other, "slow"), good);
  EXPECT_EQ(worked, 1);
  EXPECT_TRUE(counted("redis", "hit", 1)) << metrics.text();
  ask(*one, "wrong", bad, std::chrono::milliseconds(5));
  EXPECT_EQ(ask(*other, "wrong"), good);
  EXPECT_EQ(worked, 3);
  server.end();
  EXPECT_EQ(ask(*one, "after", good, std::chrono::milliseconds(5)), good);
  EXPECT_EQ(ask(*other, "after"), good);
  EXPECT_EQ(ask(*other, "slow"), good);  // from its memory
  EXPECT_EQ(worked, 5);
}

TEST_F(AnswerCacheTest, AWrongAddressIsRefusedWithoutItsPassword) {
  config.redis.url = "redis://u:hunter2hunter2@h/x";
  const auto cache = AnswerCache::open(config, clock, metrics);
  ASSERT_FALSE(cache);
  EXPECT_EQ(error_text(cache.error()).find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace causal_gym

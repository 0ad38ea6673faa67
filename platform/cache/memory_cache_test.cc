// What a cache in memory finds, what it gives up first, and the key of an answer.
#include "platform/cache/memory_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "platform/cache/cache_key.h"

namespace causal_gym {
namespace {

FixedClock still() { return FixedClock(std::chrono::system_clock::time_point()); }

TEST(MemoryCache, WhatWasKeptIsFoundUntilItsTimeIsOver) {
  auto clock = still();
  MemoryCache cache(1'000'000, clock, {1'000, std::chrono::seconds(10)});
  EXPECT_EQ(cache.find("a"), std::nullopt);
  cache.keep("a", "1");
  cache.keep("empty", "");
  EXPECT_EQ(cache.find("a"), "1");
  EXPECT_EQ(cache.find("empty"), "");
  cache.keep("a", "2");
  EXPECT_EQ(cache.find("a"), "2");
  clock.advance(std::chrono::milliseconds(9'999));
  EXPECT_EQ(cache.find("a"), "2");
  clock.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(cache.find("a"), std::nullopt);
  EXPECT_EQ(cache.find("empty"), std::nullopt);
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST(MemoryCache, WhatWasUsedLeastLatelyGoesFirst) {
  auto clock = still();
  MemoryCache cache(3 * 256, clock);  // three of these, with what each costs beside
  const std::string value(127, 'x');
  for (const auto* key : {"a", "b", "c"}) cache.keep(key, value);
  EXPECT_EQ(cache.find("a"), value);
  cache.keep("d", value);
  EXPECT_EQ(cache.find("b"), std::nullopt);
  for (const auto* key : {"a", "c", "d"}) EXPECT_EQ(cache.find(key), value) << key;
  EXPECT_LE(cache.bytes(), 3U * 256U);
}

TEST(MemoryCache, AValueOverTheLimitIsNotKeptAndItsForerunnerGoes) {
  auto clock = still();
  MemoryCache cache(10'000, clock, {100, std::chrono::seconds(10)});
  cache.keep("a", std::string(100, 'x'));
  EXPECT_TRUE(cache.find("a"));
  cache.keep("a", std::string(101, 'x'));
  EXPECT_EQ(cache.find("a"), std::nullopt);
  MemoryCache none(0, clock);
  none.keep("a", "");
  EXPECT_EQ(none.find("a"), std::nullopt);
}

TEST(MemoryCache, ManyThreadsNeverFindAnothersValueNorExceedTheBytes) {
  const SystemClock clock;
  MemoryCache cache(20'000, clock);
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5'000; ++i) {
        const auto key = std::to_string((i * 7 + t) % 200);
        if (const auto found = cache.find(key); found && *found != key + "!") ++wrong;
        cache.keep(key, key + "!");
        if (cache.bytes() > 20'000) ++wrong;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(CacheKey, IsTheHashOfThePartsWithTheirLengths) {
  // printf '1:a2:bc0:' | sha256sum
  EXPECT_EQ(cache_key({"a", "bc", ""}),
            "8dce64c00e38a60883eba490464eab934171da7e12d47498fd99c5239f9663be");
  EXPECT_NE(cache_key({"ab", "c"}), cache_key({"a", "bc"}));
  EXPECT_EQ(cache_key({}).size(), cache_key_digits);
}

}  // namespace
}  // namespace causal_gym

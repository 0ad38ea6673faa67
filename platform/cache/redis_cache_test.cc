// A cache in a real Redis that is flushed, filled, damaged, stalled, ended and started again.
#include "platform/cache/redis_cache.h"

#include <gtest/gtest.h>

#include <functional>
#include "platform/cache/redis_server.h"

namespace causal_gym {
namespace {

using std::chrono::milliseconds;

std::chrono::nanoseconds time_of(const std::function<void()>& work) {
  const SystemClock clock;
  const Stopwatch stopwatch(clock);
  work();
  return stopwatch.elapsed();
}

class RedisCacheTest : public testing::Test {
 protected:
  SystemClock clock;
  RedisServer server{free_port()};
  Redis redis{server.address(), clock};
  RedisCache cache{redis, "gym:1:"};

  void SetUp() override { ASSERT_TRUE(answers(redis)); }
};

TEST_F(RedisCacheTest, WhatWasKeptIsFoundByOthersWithItsBytes) {
  std::string bytes = "line\r\n";
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  EXPECT_EQ(cache.find("k"), std::nullopt);
  cache.keep("k", bytes);
  cache.keep("empty", "");
  Redis elsewhere(server.address(), clock);
  RedisCache other(elsewhere, "gym:1:");
  EXPECT_EQ(other.find("k"), bytes);
  EXPECT_EQ(other.find("empty"), "");
  RedisCache newer(elsewhere, "gym:2:");  // another engine
  EXPECT_EQ(newer.find("k"), std::nullopt);
}

TEST_F(RedisCacheTest, ItLivesAsLongAsItIsSaid) {
  RedisCache brief(redis, "gym:1:", {1'000, std::chrono::seconds(7)});
  brief.keep("k", "v");
  const auto left = redis.command({"TTL", "gym:1:k"});
  ASSERT_TRUE(left);
  EXPECT_GE(std::get<std::int64_t>(*left), 6);
  EXPECT_LE(std::get<std::int64_t>(*left), 7);
  brief.keep("large", std::string(1'001, 'x'));
  EXPECT_EQ(brief.find("large"), std::nullopt);
}

TEST_F(RedisCacheTest, WhatIsNotAsItWasKeptIsNotFound) {
  cache.keep("k", "value");
  cache.keep("other", "another value");
  const auto reply = redis.command({"GET", "gym:1:k"});
  ASSERT_TRUE(reply);
  const auto whole = std::get<std::string>(*reply);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    auto flipped = whole;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    ASSERT_TRUE(redis.command({"SET", "gym:1:k", flipped}));
    EXPECT_EQ(cache.find("k"), std::nullopt) << i;
    ASSERT_TRUE(redis.command({"SET", "gym:1:k", whole.substr(0, i)}));
    EXPECT_EQ(cache.find("k"), std::nullopt) << i;
  }
  ASSERT_TRUE(redis.command({"SET", "gym:1:other", whole}));  // whole, but of another key
  EXPECT_EQ(cache.find("other"), std::nullopt);
  ASSERT_TRUE(redis.command({"SET", "gym:1:k", whole}));
  EXPECT_EQ(cache.find("k"), "value");
  ASSERT_TRUE(redis.command({"DEL", "gym:1:k"}));
  ASSERT_TRUE(redis.command({"HSET", "gym:1:k", "field", "v"}));
  EXPECT_EQ(cache.find("k"), std::nullopt);  // of the wrong type
}

TEST_F(RedisCacheTest, AFlushLosesValuesAndNothingElse) {
  cache.keep("k", "v");
  ASSERT_TRUE(redis.command({"FLUSHALL"}));
  EXPECT_EQ(cache.find("k"), std::nullopt);
  cache.keep("k", "v");
  EXPECT_EQ(cache.find("k"), "v");
}

TEST_F(RedisCacheTest, AFullRedisKeepsNoMoreAndStillFinds) {
  cache.keep("k", "v");
  ASSERT_TRUE(redis.command({"CONFIG", "SET", "maxmemory-policy", "noeviction"}));
  ASSERT_TRUE(redis.command({"CONFIG", "SET", "maxmemory", "1"}));
  cache.keep("new", "v");
  EXPECT_EQ(cache.find("new"), std::nullopt);
  EXPECT_EQ(cache.find("k"), "v");
  ASSERT_TRUE(redis.command({"CONFIG", "SET", "maxmemory", "0"}));
  cache.keep("new", "v");
  EXPECT_EQ(cache.find("new"), "v");
}

TEST_F(RedisCacheTest, AStalledRedisCostsOneTimeLimitAPause) {
  cache.keep("k", "v");
  server.signal(SIGSTOP);
  const auto first = time_of([&] { EXPECT_EQ(cache.find("k"), std::nullopt); });
  EXPECT_LT(first, milliseconds(400));
  // While it is left alone, no look-up waits.
  FixedClock still(clock.now());
  Redis alone(server.address(), still);
  RedisCache left(alone, "gym:1:");
  EXPECT_EQ(left.find("k"), std::nullopt);
  EXPECT_LT(time_of([&] {
              for (int i = 0; i < 10'000; ++i) EXPECT_EQ(left.find("k"), std::nullopt);
            }),
            milliseconds(100));
  server.signal(SIGCONT);
  ASSERT_TRUE(answers(redis));
  EXPECT_EQ(cache.find("k"), "v");
  still.advance(std::chrono::seconds(1));
  EXPECT_EQ(left.find("k"), "v");
}

TEST(RedisEnds, AndComesBackWithoutAnybodysDoing) {
  const SystemClock clock;
  const auto port = free_port();
  Redis redis({"127.0.0.1", port, "", "", 0}, clock);
  RedisCache cache(redis, "gym:1:");
  EXPECT_EQ(cache.find("k"), std::nullopt);  // nobody there yet
  for (int round = 0; round < 3; ++round) {
    RedisServer server(port);
    ASSERT_TRUE(answers(redis)) << round;
    cache.keep("k", "v");
    EXPECT_EQ(cache.find("k"), "v");
    server.end();
    EXPECT_EQ(cache.find("k"), std::nullopt);
    cache.keep("k", "v");  // no harm
  }
}

TEST(RedisPassword, IsNeededAndTheNumberOfTheDatabaseIsHeeded) {
  const SystemClock clock;
  const RedisServer server(free_port(), {"--requirepass", "correct horse"});
  auto address = server.address();
  address.password = "correct horse";
  address.database = 3;
  Redis redis(address, clock);
  ASSERT_TRUE(answers(redis));
  RedisCache(redis, "").keep("k", "v");
  address.database = 4;
  Redis next(address, clock);
  EXPECT_EQ(RedisCache(next, "").find("k"), std::nullopt);
  address.database = 3;
  address.user = "default";
  Redis named(address, clock);
  EXPECT_EQ(RedisCache(named, "").find("k"), "v");
  for (const auto* wrong : {"", "correct"}) {
    address.password = wrong;
    Redis refused(address, clock);
    RedisCache(refused, "").keep("k", "w");
    EXPECT_EQ(RedisCache(refused, "").find("k"), std::nullopt);
  }
  EXPECT_EQ(RedisCache(redis, "").find("k"), "v");
}

TEST(RedisAddress, IsReadFromAUrl) {
  const auto read = [](const char* text) { return read_redis_address(text).value(); };
  EXPECT_EQ(read("redis://h"), (RedisAddress{"h", 6379, "", "", 0}));
  EXPECT_EQ(read("redis://h:1/"), (RedisAddress{"h", 1, "", "", 0}));
  EXPECT_EQ(read("redis://:p%40%2F@h:7/3"), (RedisAddress{"h", 7, "", "p@/", 3}));
  EXPECT_EQ(read("redis://u:p:q@[::1]:7/0"), (RedisAddress{"::1", 7, "u", "p:q", 0}));
  EXPECT_EQ(read("redis://u:a/b@h/2"), (RedisAddress{"h", 6379, "u", "a/b", 2}));
  EXPECT_EQ(read("redis://u:secret@h:7/3").text(), "h:7/3");
}

TEST(RedisAddress, WhatIsWrongIsNamedWithoutThePassword) {
  const std::string long_host(3'000, 'h');
  for (const auto& [url, what] : std::vector<std::pair<std::string, std::string>>{
           {"", "does not begin"},
           {"http://h", "does not begin"},
           {"rediss://u:hunter2hunter2@h", "TLS"},
           {"redis://", "no host"},
           {"redis://u:hunter2hunter2@", "no host"},
           {"redis://u:hunter2hunter2%@h", "percent"},
           {"redis://u:hunter2hunter2%00@h", "percent"},
           {"redis://u:hunter2hunter2@h:0", "'0' is no port"},
           {"redis://u:hunter2hunter2@h:70000", "'70000' is no port"},
           {"redis://u:hunter2hunter2@h:", "'' is no port"},
           {"redis://u:hunter2hunter2@h/x", "'x' is no database"},
           {"redis://u:hunter2hunter2@h/-1", "'-1' is no database"},
           {"redis://u:hunter2hunter2@[::1", "without ']'"},
           {"redis://" + long_host, "over 2048"}}) {
    const auto address = read_redis_address(url);
    ASSERT_FALSE(address) << url;
    EXPECT_EQ(address.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(error_text(address.error()).find(what), std::string::npos)
        << url << ": " << error_text(address.error());
    EXPECT_EQ(error_text(address.error()).find("hunter2"), std::string::npos) << url;
  }
}

}  // namespace
}  // namespace causal_gym

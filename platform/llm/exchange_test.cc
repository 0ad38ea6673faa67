// What is kept of an exchange: its cache key, and the headers that are of interest.
#include "platform/llm/exchange.h"

#include <gtest/gtest.h>

#include <set>

namespace causal_gym {
namespace {

TEST(Exchange, TheCacheKeyIsShaOfEachPartWithItsLength) {
  // printf '1:a1:b1:c1:7' | sha256sum
  EXPECT_EQ(exchange_cache_key("a", "b", "c", 7),
            "958617b7397e2d84f51b9ba006e784b77ab3a59156c0df1d0f07bf89715a18bf");
}

TEST(Exchange, EveryPartChangesTheCacheKey) {
  const std::set<std::string> keys = {
      exchange_cache_key("a", "b", "c", 0),  exchange_cache_key("x", "b", "c", 0),
      exchange_cache_key("a", "x", "c", 0),  exchange_cache_key("a", "b", "x", 0),
      exchange_cache_key("a", "b", "c", 1),  exchange_cache_key("ab", "", "c", 0),
      exchange_cache_key("", "ab", "c", 0),  exchange_cache_key("a", "bc", "", 0),
      exchange_cache_key("a", "b", "c1", 0), exchange_cache_key("a", "b", "c", 10)};
  EXPECT_EQ(keys.size(), 10U);
}

TEST(Exchange, KeepsHeadersOfInterestAndNoCookie) {
  const auto kept = headers_of_interest({{"X-Request-ID", "r1"},
                                         {"Set-Cookie", "session=1"},
                                         {"Authorization", "Bearer k"},
                                         {"x-ratelimit-remaining-tokens", "5"},
                                         {"anthropic-ratelimit-requests-reset", "later"},
                                         {"Retry-After", std::string(5'000, '1')}});
  ASSERT_EQ(kept.size(), 4U);
  EXPECT_EQ(kept[0], (std::pair<std::string, std::string>("x-request-id", "r1")));
  EXPECT_EQ(kept[1].first, "x-ratelimit-remaining-tokens");
  EXPECT_EQ(kept[3].second.size(), 1'024U);
  const HeaderFields many(1'000, {"x-ratelimit-a", "1"});
  EXPECT_EQ(headers_of_interest(many).size(), 64U);
}

TEST(Exchange, EveryKindOfFailureHasItsName) {
  std::set<std::string_view> names;
  for (int kind = 0; kind <= static_cast<int>(FailureKind::cancelled); ++kind)
    names.insert(failure_kind_name(static_cast<FailureKind>(kind)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(FailureKind::cancelled) + 1);
  EXPECT_FALSE(names.contains("unknown"));
}

TEST(Exchange, ACallsKeyIsOneText) { EXPECT_EQ(call_key_text({"r-1", 3, 4, 5}), "r-1/3/4/5"); }

TEST(Secret, IsHiddenWhereverItStands) {
  const Secret key("sk-planted-1");
  std::string text = "a sk-planted-1 b sk-planted-1sk-planted-1";
  key.hide_in(text);
  EXPECT_EQ(text, "a [key] b [key][key]");
  std::string word = "none of it";
  Secret("none").hide_in(word);
  EXPECT_EQ(word, "none of it");
}

}  // namespace
}  // namespace causal_gym

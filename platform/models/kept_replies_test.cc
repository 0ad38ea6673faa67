// Replies in a cache come back as they were, when they are young enough and nobody touched them.
#include "platform/models/kept_replies.h"

#include <gtest/gtest.h>

#include <string>

#include "platform/cache/memory_cache.h"

namespace causal_gym {
namespace {

Exchange answered() {
  Exchange exchange;
  exchange.cache_key = std::string(64, 'a');
  exchange.status = 200;
  exchange.headers = {{"x-request-id", "req-1"}, {"content-type", "application/json"}};
  exchange.response_body = std::string("{\"a\": \"\xc3\xa4 1:2\"}\n\0x", 18);
  return exchange;
}

class KeptReplies : public testing::Test {
 protected:
  SystemClock clock;
  MemoryCache cache{1 << 20, clock};
};

TEST_F(KeptReplies, AReplyComesBackAsItWas) {
  const auto exchange = answered();
  keep_reply(cache, exchange, 100);
  const auto found = find_reply(cache, exchange.cache_key, 100);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->status, 200);
  EXPECT_EQ(found->headers, exchange.headers);
  EXPECT_EQ(found->body, exchange.response_body);
  EXPECT_FALSE(find_reply(cache, exchange.cache_key, 101).has_value()) << "it is too old";
  EXPECT_FALSE(find_reply(cache, std::string(64, 'b'), 0).has_value());
}

TEST_F(KeptReplies, WhatIsNoWholeReplyOfTheProviderIsNotKept) {
  auto failed = answered();
  failed.failure = FailureKind::server;
  auto cut = answered();
  cut.response_cut = true;
  auto cached = answered();
  cached.cached = true;
  for (const auto& exchange : {failed, cut, cached}) {
    keep_reply(cache, exchange, 100);
    EXPECT_FALSE(find_reply(cache, exchange.cache_key, 0).has_value());
  }
}

TEST_F(KeptReplies, NoOtherTextIsAReply) {
  const auto text = kept_reply_text({7, {200, {{"a", "b"}}, "body"}});
  ASSERT_TRUE(read_kept_reply(text).has_value());
  int whole = 0;
  for (std::size_t size = 0; size < text.size(); ++size)
    whole += read_kept_reply(text.substr(0, size)).has_value() ? 1 : 0;
  EXPECT_EQ(whole, 1) << "but for the one without its header";
  for (const auto* other : {"", "x", "1:x3:2004:body", "1:13:2009999999999999999999:body", "1:1",
                            "1:14:20x04:body", "1:14:10004:body", "1:13:200-1:body"})
    EXPECT_FALSE(read_kept_reply(other).has_value()) << other;
}

}  // namespace
}  // namespace causal_gym

// Which addresses the operator's list has, and which only look like one of them.
#include "platform/llm/allowed_hosts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace causal_gym {
namespace {

constexpr const char* list = "api.openai.com, 127.0.0.1:11434\n[::1]:8000 Gate.example";

TEST(AllowedHosts, WithoutAListAllAreAllowed) {
  EXPECT_TRUE(check_allowed_host("http://anything:1/x", ""));
  EXPECT_TRUE(check_allowed_host("http://anything:1/x", " ,\n"));
}

TEST(AllowedHosts, TheListHasHostsWithTheirPorts) {
  for (const char* good :
       {"https://api.openai.com", "https://api.openai.com/v1", "https://API.openai.com:443/v1",
        "http://api.openai.com:80", "http://127.0.0.1:11434", "http://[::1]:8000/v1",
        "https://gate.example/v1"})
    EXPECT_TRUE(check_allowed_host(good, list)) << good;
}

TEST(AllowedHosts, WhatOnlyLooksLikeOneIsRefused) {
  for (const char* bad :
       {"https://api.openai.com.evil.example", "https://evil.example/api.openai.com",
        "https://evil.example?api.openai.com", "https://api.openai.com@evil.example",
        "https://xapi.openai.com", "https://openai.com", "https://api.openai.com:8443",
        "https://api.openai.com:80", "http://127.0.0.1", "http://127.0.0.1:11435",
        "http://localhost:11434", "http://169.254.169.254/latest/meta-data", "http://[::1]",
        "http://[::1]:80001", "http://2130706433:11434", "https://"}) {
    const auto status = check_allowed_host(bad, list);
    ASSERT_FALSE(status) << bad;
    EXPECT_EQ(status.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(status.error().where, "CAUSAL_GYM_MODEL_HOSTS");
    EXPECT_THAT(status.error().suggestion, testing::HasSubstr("api.openai.com, 127.0.0.1:11434"));
  }
}

TEST(AllowedHosts, TheListHasALimit) {
  std::string many = "a";
  for (std::size_t i = 1; i < model_hosts_limit; ++i) many += " b";
  EXPECT_TRUE(check_allowed_host("https://a", many));
  EXPECT_EQ(check_allowed_host("https://a", many + " b").error().code, ErrorCode::limit_exceeded);
}

}  // namespace
}  // namespace causal_gym

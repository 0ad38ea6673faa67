// Addresses of proxies that libcurl would repeat, and those that it understands.
#include "platform/llm/proxy_variables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace causal_gym {
namespace {

using testing::HasSubstr;
using testing::Not;

Status checked(const std::string& variable, const std::string& address) {
  ConfigSources sources;
  sources.variable = [&](const std::string& name) {
    return name == variable ? std::optional(address) : std::nullopt;
  };
  return check_proxy_variables(sources);
}

TEST(ProxyVariables, AreAddressesWithOrWithoutUserAndPort) {
  for (const char* address :
       {"", "proxy", "proxy:3128", "http://proxy.example:3128/", "https://u:p@proxy",
        "socks5h://u:p%23%40@127.0.0.1:1080", "http://[::1]:3128", "[::1]", "http://u:a:b@h:1"})
    EXPECT_TRUE(checked("HTTPS_PROXY", address)) << address;
}

TEST(ProxyVariables, OthersAreRefusedAndNotRepeated) {
  for (const char* address :
       {"http://u:planted#1@h:1", "http://u:planted/1@h:1", "http://u:planted 1@h:1",
        "http://u:pl@nted@h:1", "http://u:planted@h:port", "http://u:planted@h:99999",
        "http://u:planted@h:0", "htps://u:planted@h:1", "socks9://u:planted@h", "http://planted?@h",
        "http://", "http://u:planted@", "http://u:planted@[zz]:1", "http://u:planted@h:"})
    for (const char* name :
         {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) {
      const auto status = checked(name, address);
      ASSERT_FALSE(status) << address;
      EXPECT_EQ(status.error().code, ErrorCode::invalid_argument);
      EXPECT_EQ(status.error().where, name);
      EXPECT_THAT(error_text(status.error()), HasSubstr(name));
      EXPECT_THAT(error_text(status.error()), Not(HasSubstr("planted"))) << address;
    }
  EXPECT_FALSE(checked("ALL_PROXY", std::string(3'000, 'h')));
  EXPECT_TRUE(checked("HTTP_PROXY", "http://u:planted#1@h")) << "libcurl does not read it";
}

}  // namespace
}  // namespace causal_gym

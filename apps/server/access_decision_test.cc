// Whether access is on: by the address, the key and what the configuration says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/server/access.h"
#include "platform/config/temporary_folder.h"
#include "platform/store/open_store.h"

namespace causal_gym {
namespace {

constexpr const char* key = "k:0123456789abcdef0123456789abcdef";

class AccessDecision : public testing::Test {
 protected:
  // on, off, or the place of the error.
  std::string decided(const std::string& address, const std::string& access,
                      const std::string& secret = "", bool allow_open = false) {
    Configuration config;
    config.database.url = folder_.file("runs.sqlite");
    EXPECT_TRUE(open_store(config.database.url));
    config.server.address = address;
    config.auth.access = access;
    config.auth.jwt_secret_key = secret;
    config.auth.allow_open = allow_open;
    const auto opened = open_access(config, clock_);
    if (!opened) return opened.error().where;
    EXPECT_FALSE(opened->why.empty());
    EXPECT_EQ(opened->gate.open_by_default, access == "auto");
    return opened->accounts ? "on" : "off";
  }

  TemporaryFolder folder_;
  FixedClock clock_{std::chrono::system_clock::time_point{}};
};

TEST_F(AccessDecision, IsOffWhereOnlyThisMachineComesAndOnElsewhere) {
  for (const auto* local : {"127.0.0.1", "127.9.9.9", "::1"}) {
    EXPECT_EQ(decided(local, "auto"), "off") << local;
    EXPECT_EQ(decided(local, "auto", key), "on") << local;
    EXPECT_EQ(decided(local, "off"), "off") << local;
    EXPECT_EQ(decided(local, "on", key), "on") << local;
  }
  for (const auto* open : {"0.0.0.0", "::", "192.0.2.1"}) {
    EXPECT_EQ(decided(open, "auto", key), "on") << open;
    EXPECT_EQ(decided(open, "off", key), "auth.access") << open;
    EXPECT_EQ(decided(open, "off", "", true), "off") << open;
    EXPECT_EQ(decided(open, "auto", "", true), "auth.jwt_secret_key") << open;
  }
}

TEST_F(AccessDecision, WithoutAGoodKeyItIsNotOn) {
  EXPECT_EQ(decided("127.0.0.1", "on"), "auth.jwt_secret_key");
  EXPECT_EQ(decided("0.0.0.0", "auto"), "auth.jwt_secret_key");
  EXPECT_EQ(decided("127.0.0.1", "on", "k:short"), "auth.jwt_secret_key");
}

TEST_F(AccessDecision, AllSitesMayNotDoEverything) {
  Configuration config;
  config.database.url = folder_.file("runs.sqlite");
  ASSERT_TRUE(open_store(config.database.url));
  config.server.cors_origins = {"*"};
  EXPECT_EQ(open_access(config, clock_).error().where, "server.cors_origins");
  config.auth.jwt_secret_key = key;
  EXPECT_TRUE(open_access(config, clock_)->gate.cors.allows_all());
  config.server.cors_origins = {"lab.example"};
  EXPECT_EQ(open_access(config, clock_).error().where, "server.cors_origins");
}

TEST_F(AccessDecision, TrustedProxiesAreAddresses) {
  Configuration config;
  config.auth.trusted_proxies = {"10.0.0.0/8", "proxy"};
  EXPECT_EQ(open_access(config, clock_).error().where, "auth.trusted_proxies");
}

}  // namespace
}  // namespace causal_gym

// Settings from the environment: defaults, each variable, and every way to get one wrong.
#include "platform/config/server_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace causal_gym {
namespace {

using Environment = std::vector<std::string>;
using testing::HasSubstr;

TEST(ServerConfig, DefaultsAreForALaptop) {
  const auto config = read_server_config(Environment{"HOME=/home/a", "PATH=/bin"});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->address, "127.0.0.1");
  EXPECT_EQ(config->port, 8501);
  EXPECT_EQ(config->metrics_port, 8090);
  EXPECT_EQ(config->database_path, "/home/a/.local/state/causal-gym/runs.sqlite");
  EXPECT_EQ(config->slow_request_seconds, 5.0);
}

TEST(ServerConfig, TheStateFolderIsWhereXdgSays) {
  const auto config = read_server_config(Environment{"HOME=/home/a", "XDG_STATE_HOME=/var/state"});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->database_path, "/var/state/causal-gym/runs.sqlite");
  const auto relative = read_server_config(Environment{"HOME=/home/a", "XDG_STATE_HOME=state"});
  ASSERT_TRUE(relative);  // the XDG specification: a relative path is to be ignored
  EXPECT_EQ(relative->database_path, "/home/a/.local/state/causal-gym/runs.sqlite");
}

TEST(ServerConfig, EveryVariableChangesItsField) {
  const auto config = read_server_config(Environment{
      "CAUSAL_GYM_ADDRESS=::1", "CAUSAL_GYM_PORT=9000", "CAUSAL_GYM_METRICS_PORT=0",
      "CAUSAL_GYM_DB=/tmp/x.sqlite", "CAUSAL_GYM_LOG_LEVEL=warn",
      "CAUSAL_GYM_SLOW_REQUEST_SECONDS=0.25", "CAUSAL_GYM_THREADS=2", "CAUSAL_GYM_WORKERS=8",
      "CAUSAL_GYM_BODY_BYTES=4096", "CAUSAL_GYM_DRAIN_SECONDS=1.5", "CAUSAL_GYM_CASES=/x"});
  ASSERT_TRUE(config) << error_text(config.error());
  EXPECT_EQ(*config,
            (ServerConfig{"::1", 9000, 0, "/tmp/x.sqlite", "warn", 0.25, 2, 8, 4096, 1.5}));
}

TEST(ServerConfig, EachVariableIsListedOnceWithItsMeaning) {
  std::set<std::string> names;
  for (const auto& setting : settings()) {
    EXPECT_TRUE(names.insert(setting.variable).second) << setting.variable;
    EXPECT_FALSE(setting.meaning.empty());
  }
}

TEST(ServerConfig, AnUnknownVariableIsRefusedWithTheNearestSpelling) {
  const auto config = read_server_config(Environment{"HOME=/h", "CAUSAL_GYM_PROT=1"});
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, ErrorCode::unknown_name);
  EXPECT_EQ(config.error().where, "CAUSAL_GYM_PROT");
  EXPECT_EQ(config.error().suggestion, "did you mean 'CAUSAL_GYM_PORT'?");
}

TEST(ServerConfig, BadValuesNameTheirVariable) {
  for (const char* entry :
       {"CAUSAL_GYM_PORT=65536", "CAUSAL_GYM_PORT=-1", "CAUSAL_GYM_PORT=", "CAUSAL_GYM_PORT=80 ",
        "CAUSAL_GYM_PORT=x", "CAUSAL_GYM_THREADS=0", "CAUSAL_GYM_SLOW_REQUEST_SECONDS=nan",
        "CAUSAL_GYM_SLOW_REQUEST_SECONDS=-1", "CAUSAL_GYM_LOG_LEVEL=loud",
        "CAUSAL_GYM_DB=", "CAUSAL_GYM_ADDRESS="}) {
    const auto config = read_server_config(Environment{"HOME=/h", entry});
    ASSERT_FALSE(config) << entry;
    EXPECT_EQ(config.error().code, ErrorCode::invalid_argument) << entry;
    EXPECT_THAT(std::string(entry), HasSubstr(config.error().where + "="));
  }
}

TEST(ServerConfig, WithoutHomeTheDatabaseMustBeNamed) {
  const auto config = read_server_config(Environment{});
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().where, "CAUSAL_GYM_DB");
}

}  // namespace
}  // namespace causal_gym

// Which origins may speak to /mcp, by the address the server listens on.
#include "apps/server/mcp_routes.h"

#include <gtest/gtest.h>

namespace causal_gym {
namespace {

TEST(McpOrigin, OnLoopbackOnlyPagesOfThisMachineAreTaken) {
  for (const auto* address : {"127.0.0.1", "127.0.0.9", "::1"}) {
    for (const auto* origin : {"http://localhost", "https://LOCALHOST:3000",
                               "http://127.0.0.1:8501", "http://[::1]:8501"})
      EXPECT_TRUE(is_allowed_origin(origin, "127.0.0.1:8501", address)) << origin;
    for (const auto* origin : {"http://gym.example", "http://127.gym.example", "null", "",
                               "http://localhost.gym.example", "http://127.0.0.1.gym.example",
                               "http://[::2]", "localhost"})
      EXPECT_FALSE(is_allowed_origin(origin, "gym.example", address)) << origin;
  }
}

TEST(McpOrigin, BeyondLoopbackAlsoPagesOfTheNamedHost) {
  EXPECT_TRUE(is_allowed_origin("https://Gym.example:8501", "gym.example:8501", "0.0.0.0"));
  EXPECT_FALSE(is_allowed_origin("https://gym.example", "gym.example:8501", "0.0.0.0"));
  EXPECT_FALSE(is_allowed_origin("https://other.example", "gym.example", "192.0.2.1"));
  EXPECT_TRUE(is_allowed_origin("http://localhost:1", "gym.example", "192.0.2.1"));
}

}  // namespace
}  // namespace causal_gym

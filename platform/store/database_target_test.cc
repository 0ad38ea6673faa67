// No password gets into what is shown.
#include "platform/store/database_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace causal_gym {
namespace {

TEST(DatabaseTarget, AnyPasswordIsLeftOut) {
  const std::pair<const char*, const char*> cases[] = {
      {"runs.sqlite", "runs.sqlite"},
      {"postgresql://causal_user@db/x", "postgresql://causal_user@db/x"},
      {"postgresql://causal_user:s3cret@db:6432/x", "postgresql://causal_user@db:6432/x"},
      {"postgres://u:s3cret@db/x?sslmode=require", "postgres://u@db/x?sslmode=require"},
      {"postgresql://db/x?user=u&password=s3cret&sslmode=require",
       "postgresql://db/x?user=u&sslmode=require"},
      {"postgresql://db/x?sslpassword=s3cret", "postgresql://db/x"},
      {"postgresql://db/x?pass%77ord=s3cret", "postgresql://db/x"},
      {"postgresql://u:s3cret@s3cret@db/x", "postgresql://u@db/x"},
      {"postgresql://u:s3cret/s3cret?s3cret@db/x", "postgresql://u@db/x"},
      {"postgresql://:s3cret@db/x", "postgresql://@db/x"},
      {"postgresql:///x", "postgresql:///x"}};
  for (const auto& [target, shown] : cases) EXPECT_EQ(shown_target(target), shown);
}

TEST(DatabaseTarget, OtherKindsOfDatabasesAreRefusedWithoutTheirPassword) {
  EXPECT_TRUE(check_target("a/b:c"));
  EXPECT_TRUE(check_target("postgresql://db/x"));
  const auto refused = check_target("mysql://root:s3cret@db/x");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("'mysql://...'"));
  EXPECT_THAT(error_text(refused.error()), testing::Not(testing::HasSubstr("s3cret")));
}

}  // namespace
}  // namespace causal_gym

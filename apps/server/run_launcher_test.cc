// What is launched with a key: of its user alone, and refused for another experiment.
#include "apps/server/run_launcher.h"

#include <gtest/gtest.h>

#include "platform/config/temporary_folder.h"
#include "platform/store/open_store.h"

namespace causal_gym {
namespace {

TEST(RunLauncher, AKeyIsARunOfItsUserAndOfOneExperiment) {
  const TemporaryFolder folder;
  const auto store = open_store(folder.file("runs.sqlite"));
  ASSERT_TRUE(store) << error_text(store.error());
  const FixedClock clock{std::chrono::system_clock::time_point{}};
  Logger logger(LogLevel::error, clock);
  RunLauncher launcher(**store, clock, logger, {.concurrency = 0});
  LaunchRequest request;
  request.spec.environments = {"chain-v1"};
  request.spec.agents = {"ideal"};
  request.idempotency_key = "k";
  request.user = "ada";
  int told = 0;
  const auto launch = [&](const LaunchRequest& asked) {
    return launcher.launch(asked, [&](const RunId&) {
      ++told;
      return Status();
    });
  };
  const auto first = launch(request);
  ASSERT_TRUE(first) << error_text(first.error());
  EXPECT_TRUE(first->is_new);
  const auto again = launch(request);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->id, first->id);
  EXPECT_FALSE(again->is_new);
  EXPECT_EQ(told, 1);
  auto of_another = request;
  of_another.user = "bob";
  EXPECT_NE(launch(of_another)->id, first->id);
  // What stands between a user and a key cannot be moved.
  auto moved = request;
  moved.user = "ad";
  moved.idempotency_key = "ak";
  EXPECT_TRUE(launch(moved)->is_new);
  auto other = request;
  other.spec.trials = 2;
  const auto refused = launch(other);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_EQ(refused.error().where, "Idempotency-Key");
  request.idempotency_key.clear();
  EXPECT_NE(launch(request)->id, launch(request)->id);
}

}  // namespace
}  // namespace causal_gym

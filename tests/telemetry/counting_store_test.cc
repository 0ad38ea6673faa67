// What the counting store tells of a real experiment, counted again from its results.
#include "apps/server/counting_store.h"

#include <gmock/gmock.h>

#include <map>

#include "platform/config/temporary_folder.h"
#include "platform/store/open_store.h"

namespace causal_gym {
namespace {

using testing::HasSubstr;

ExperimentSpec two_agents() {
  ExperimentSpec spec;
  spec.environments = {"chain-v1"};
  spec.agents = {"ideal", "seeing"};
  spec.trials = 2;
  return spec;
}

class CountingStoreTest : public testing::Test {
 protected:
  std::string line(const std::string& series, double value) const {
    std::ostringstream text;
    text << series << ' ' << value << '\n';
    return text.str();
  }
  std::string text() const { return metrics_.text(); }

  const FixedClock clock_{std::chrono::system_clock::time_point{}};
  const TemporaryFolder folder_;
  const std::unique_ptr<JobStore> store_ = *open_store(folder_.file("runs.sqlite"));
  const ExperimentSpec spec_ = two_agents();
  Metrics metrics_{{"1", "gcc"}, metric_names()};
  std::ostringstream log_;
  Logger logger_{LogLevel::info, clock_, log_};
  CountingStore counting_{*store_, clock_, metrics_, logger_};
};

TEST_F(CountingStoreTest, CountsWhatARunGave) {
  const auto results = run_and_store(counting_, {"r", "2026-01-01T00:00:00.000Z", spec_});
  ASSERT_TRUE(results) << error_text(results.error());
  std::map<std::string, std::size_t> outcomes, scored;
  for (const auto& result : *results) {
    for (const auto& belief : result.beliefs)
      ++outcomes[std::string(belief_outcome_name(belief.outcome))];
    for (const auto& score : result.scores.scores)
      if (score.value) ++scored[score.name];
  }
  ASSERT_GE(outcomes.size(), 1U);
  ASSERT_GE(scored.size(), 1U);
  for (const auto& [outcome, count] : outcomes)
    EXPECT_THAT(text(), HasSubstr(line("causal_beliefs_total{outcome=\"" + outcome + "\"}",
                                       static_cast<double>(count))));
  for (const auto& [score, count] : scored)
    EXPECT_THAT(text(), HasSubstr(line("causal_score_count{score=\"" + score + "\"}",
                                       static_cast<double>(count))));
  EXPECT_THAT(text(), HasSubstr("causal_experiments_total{state=\"created\"} 1\n"));
  EXPECT_THAT(text(), HasSubstr("causal_experiments_total{state=\"finished\"} 1\n"));
  EXPECT_THAT(text(), HasSubstr("causal_experiments_total{state=\"failed\"} 0\n"));
  EXPECT_THAT(text(), HasSubstr("operation=\"finish_episode\",status=\"ok\"} 4\n"));
}

TEST_F(CountingStoreTest, CountsRefusalsByTheirCode) {
  EXPECT_FALSE(counting_.load_run("none"));
  EXPECT_EQ(log_.str(), "");
  EXPECT_FALSE(counting_.set_run_state("none", RunState::finished, ""));
  EXPECT_THAT(text(), HasSubstr("operation=\"load_run\",status=\"refused\"} 1\n"));
  EXPECT_THAT(text(), HasSubstr("operation=\"load_run\",status=\"ok\"} 0\n"));
  EXPECT_THAT(text(), HasSubstr("causal_experiments_total{state=\"finished\"} 0\n"));
}

TEST_F(CountingStoreTest, AnUndoneTransactionCountsNoExperiment) {
  const NewRun run = {"r", "2026-01-01T00:00:00.000Z", spec_};
  const auto undone = counting_.together([&]() -> Status {
    CAUSAL_GYM_CHECKED(counting_.create_run(run));
    return fail(ErrorCode::unavailable, "no");
  });
  EXPECT_FALSE(undone);
  EXPECT_THAT(text(), HasSubstr("causal_experiments_total{state=\"created\"} 0\n"));
  EXPECT_THAT(text(), HasSubstr("operation=\"together\",status=\"error\"} 1\n"));
  EXPECT_THAT(log_.str(), HasSubstr("\"level\":\"ERROR\",\"event\":\"db_connection_failed\","
                                    "\"operation\":\"together\",\"reason\":\"no\""));
  EXPECT_TRUE(counting_.together([&] { return counting_.create_run(run); }));
  EXPECT_THAT(text(), HasSubstr("causal_experiments_total{state=\"created\"} 1\n"));
}

}  // namespace
}  // namespace causal_gym

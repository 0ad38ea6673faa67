// Specifications are checked with their culprits, episodes run in order, and experiments go on
// where they stopped.
#include "gym/experiment/experiment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace causal_gym {
namespace {

using ::testing::HasSubstr;

ExperimentSpec small() {
  ExperimentSpec spec;
  spec.environments = {"sprinkler-v1", "chain-v1"};
  spec.agents = {"ideal", "noisy_ideal(0.1)"};
  spec.trials = 2;
  spec.first_seed = 10;
  return spec;
}

TEST(PlanEpisodes, EnvironmentIsSlowestTrialFastest) {
  const auto plans = plan_episodes(small());
  ASSERT_EQ(plans.size(), 8U);
  EXPECT_EQ(plans[0], (EpisodePlan{0, "sprinkler-v1", "ideal", 0, 10}));
  EXPECT_EQ(plans[1], (EpisodePlan{1, "sprinkler-v1", "ideal", 1, 11}));
  EXPECT_EQ(plans[2], (EpisodePlan{2, "sprinkler-v1", "noisy_ideal(0.1)", 0, 10}));
  EXPECT_EQ(plans[4], (EpisodePlan{4, "chain-v1", "ideal", 0, 10}));
}

TEST(CheckExperiment, NamesTheCulprit) {
  struct Fault {
    void (*plant)(ExperimentSpec&);
    ErrorCode code;
    const char* where;
  };
  using enum ErrorCode;
  const Fault faults[] = {
      {[](ExperimentSpec& s) { s.environments = {}; }, invalid_argument, "environments"},
      {[](ExperimentSpec& s) { s.environments[1] = "chian-v1"; }, unknown_name, "environments[1]"},
      {[](ExperimentSpec& s) { s.environments[1] = s.environments[0]; }, invalid_argument,
       "environments[1]"},
      {[](ExperimentSpec& s) { s.agents = {}; }, invalid_argument, "agents"},
      {[](ExperimentSpec& s) { s.agents[1] = "idael"; }, unknown_name, "agents[1]"},
      {[](ExperimentSpec& s) { s.agents[1] = "noisy_ideal(-1)"; }, invalid_argument, "agents[1]"},
      {[](ExperimentSpec& s) { s.agents[1] = "ideal"; }, invalid_argument, "agents[1]"},
      {[](ExperimentSpec& s) { s.interface = "casual"; }, unknown_name, "interface"},
      {[](ExperimentSpec& s) { s.interventions = {"sprinkler=on"}; }, unknown_name,
       "environments[1]: interventions[0]"},
      {[](ExperimentSpec& s) { s.beliefs = {"P(fire)"}; }, unknown_name,
       "environments[0]: beliefs[0]"},
      {[](ExperimentSpec& s) {
         s.environments = {"sprinkler-v1"};
         s.beliefs = {"P(rain)", "P(rain | sprinkler=off)"};
       },
       zero_probability, "environments[0]: beliefs[1]"},
      {[](ExperimentSpec& s) { s.beliefs = std::vector<std::string>(); }, invalid_argument,
       "environments[0]"},
      {[](ExperimentSpec& s) { s.trials = 0; }, invalid_argument, "trials"},
      {[](ExperimentSpec& s) { s.trials = -5; }, invalid_argument, "trials"},
      {[](ExperimentSpec& s) { s.first_seed = (std::uint64_t{1} << 63) - 1; }, invalid_argument,
       "first_seed"},
      {[](ExperimentSpec& s) { s.first_seed = ~std::uint64_t{0}; }, invalid_argument, "first_seed"},
  };
  for (const auto& fault : faults) {
    auto spec = small();
    fault.plant(spec);
    const auto status = check_experiment(spec);
    ASSERT_FALSE(status) << fault.where;
    EXPECT_EQ(status.error().code, fault.code) << error_text(status.error());
    EXPECT_THAT(status.error().where, HasSubstr(fault.where)) << error_text(status.error());
  }
  EXPECT_TRUE(check_experiment(small()));
  auto last = small();
  last.first_seed = (std::uint64_t{1} << 63) - 2;
  EXPECT_TRUE(check_experiment(last));
}

TEST(CheckExperiment, KeepsEachLimitAtItsEdge) {
  const auto allowed = [](auto set_limit) {
    ExperimentOptions options;
    set_limit(options.limits);
    const auto status = check_experiment(small(), options);
    return status ? std::nullopt : std::optional(status.error().code);
  };
  const auto over = std::optional(ErrorCode::limit_exceeded);
  EXPECT_EQ(allowed([](auto& limits) { limits.environments = 2; }), std::nullopt);
  EXPECT_EQ(allowed([](auto& limits) { limits.environments = 1; }), over);
  EXPECT_EQ(allowed([](auto& limits) { limits.agents = 2; }), std::nullopt);
  EXPECT_EQ(allowed([](auto& limits) { limits.agents = 1; }), over);
  EXPECT_EQ(allowed([](auto& limits) { limits.trials = 2; }), std::nullopt);
  EXPECT_EQ(allowed([](auto& limits) { limits.trials = 1; }), over);
  EXPECT_EQ(allowed([](auto& limits) { limits.episodes = 8; }), std::nullopt);
  EXPECT_EQ(allowed([](auto& limits) { limits.episodes = 7; }), over);
}

// What a sink was told.
struct Record {
  std::map<std::int64_t, std::vector<EpisodeEvent>> logs;
  std::vector<EpisodeResult> finished;
  std::size_t calls = 0;
  std::optional<std::size_t> fail_at_call;

  ExperimentSink sink() {
    return {[this](const EpisodePlan& plan, std::span<const EpisodeEvent> events) -> Status {
              if (fail_at_call && calls++ >= *fail_at_call)
                return fail(ErrorCode::unavailable, "the disk is full");
              EXPECT_FALSE(events.empty());
              auto& log = logs[plan.index];
              for (const auto& event : events) {
                EXPECT_EQ(event.sequence, static_cast<std::int64_t>(log.size()));
                log.push_back(event);
              }
              return {};
            },
            [this](const EpisodeResult& result) -> Status {
              finished.push_back(result);
              return {};
            }};
  }
};

TEST(RunExperiment, GivesEveryEventInSequenceThenTheResult) {
  Record record;
  std::vector<std::pair<std::size_t, std::size_t>> progress;
  ExperimentOptions options;
  options.progress = [&](std::size_t done, std::size_t total) {
    progress.emplace_back(done, total);
  };
  const auto results = run_experiment(small(), record.sink(), options);
  ASSERT_TRUE(results) << error_text(results.error());
  ASSERT_EQ(results->size(), 8U);
  EXPECT_EQ(record.finished, *results);
  EXPECT_EQ(progress.front(), (std::pair<std::size_t, std::size_t>{0, 8}));
  EXPECT_EQ(progress.back(), (std::pair<std::size_t, std::size_t>{8, 8}));
  EXPECT_EQ(progress.size(), 9U);
  for (const auto& [index, log] : record.logs)
    EXPECT_TRUE(std::holds_alternative<EpisodeEnded>(log.back().content)) << index;
  EXPECT_EQ(*(*results)[0].scores.find("causal_score"), 1);
}

TEST(RunExperiment, OverridesReplaceTheEnvironmentsOwn) {
  auto spec = small();
  spec.environments = {"sprinkler-v1"};
  spec.agents = {"ideal"};
  spec.trials = 1;
  spec.interventions = std::vector<std::string>{"rain=1"};
  spec.beliefs = std::vector<std::string>{"P(wet_grass)"};
  const auto results = *run_experiment(spec, {});
  ASSERT_EQ(results[0].beliefs.size(), 2U);
  EXPECT_EQ(results[0].beliefs[1].regime, "set rain=true");
  spec.interventions = std::vector<std::string>{};  // none is not the same as the environment's own
  EXPECT_EQ((*run_experiment(spec, {}))[0].beliefs.size(), 1U);
}

TEST(RunExperiment, AnErrorOfTheSinkStopsItAndIsGivenBack) {
  Record record;
  record.fail_at_call = 5;
  const auto results = run_experiment(small(), record.sink());
  ASSERT_FALSE(results);
  EXPECT_EQ(results.error().code, ErrorCode::unavailable);
  EXPECT_EQ(record.calls, 6U);
}

class Silent : public Agent {
 public:
  Result<Reply> state_belief(const BeliefRequest&, Rng&) override {
    if (++asked_ % 2 == 0) return fail(ErrorCode::unavailable, "no connection");
    return Reply(Unparseable{"hm"});
  }

 private:
  int asked_ = 0;
};

TEST(RunExperiment, AnAgentThatNeverAnswersIsRecordedAndUnscored) {
  auto spec = small();
  spec.agents = {"silent"};
  ExperimentOptions options;
  options.agent_factory = [](const std::string&, const Environment&) -> Result<AgentPtr> {
    return std::make_unique<Silent>();
  };
  const auto results = run_experiment(spec, {}, options);
  ASSERT_TRUE(results) << error_text(results.error());
  for (const auto& result : *results) {
    EXPECT_EQ(result.scores.counts.stated, 0);
    EXPECT_GT(result.scores.counts.agent_errors, 0);
    EXPECT_GT(result.scores.counts.unparseable, 0);
    for (const auto& score : result.scores.scores) EXPECT_FALSE(score.value) << score.name;
  }
}

TEST(RunExperiment, CancelledItGoesOnToTheSameResults) {
  Record whole;
  const auto expected = *run_experiment(small(), whole.sink());
  const auto calls = [&] {
    std::size_t count = 0;
    for (const auto& [index, log] : whole.logs)
      for (const auto& event : log)
        count += std::holds_alternative<BeliefRequested>(event.content) ? 1 : 0;
    return count;
  }();
  for (std::size_t stop = 0; stop < calls; stop += 7) {
    SCOPED_TRACE(stop);
    Record record;
    CancellationSource source;
    ExperimentOptions options;
    options.cancellation = source.token();
    std::size_t asked = 0;
    auto sink = record.sink();
    const auto keep = sink.record;
    sink.record = [&](const EpisodePlan& plan, std::span<const EpisodeEvent> events) {
      if (asked++ == stop) source.cancel();
      return keep(plan, events);
    };
    const auto broken = run_experiment(small(), sink, options);
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().code, ErrorCode::cancelled);

    std::vector<EpisodeProgress> progress(8);
    for (auto& [index, log] : record.logs) progress[static_cast<std::size_t>(index)].recorded = log;
    for (const auto& result : record.finished)
      progress[static_cast<std::size_t>(result.plan.index)].result = result;
    EXPECT_EQ(*run_experiment(small(), record.sink(), {}, progress), expected);
    EXPECT_EQ(record.logs, whole.logs);
  }
}

TEST(RunExperiment, RefusesProgressOfAnotherExperiment) {
  EXPECT_EQ(run_experiment(small(), {}, {}, std::vector<EpisodeProgress>(3)).error().code,
            ErrorCode::conflict);
  Record record;
  ASSERT_TRUE(run_experiment(small(), record.sink()));
  std::vector<EpisodeProgress> swapped(8);
  swapped[0].recorded = record.logs[1];
  EXPECT_EQ(run_experiment(small(), {}, {}, swapped).error().code, ErrorCode::conflict);
}

}  // namespace
}  // namespace causal_gym

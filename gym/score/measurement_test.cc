// What each belief of a log is judged by.
#include "gym/score/measurement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/model/build.h"
#include "gym/environment/confounded_environment.h"
#include "gym/episode/episode.h"
#include "gym/score/episode_scores.h"

namespace causal_gym {
namespace {

Environment confounded() {
  return confounded_environment({"P(y)", "P(y | do(x=1))", "PN(x -> y)"}, {"x=1"});
}

EpisodeEvent event(std::int64_t sequence, int phase, std::string regime, EventContent content) {
  return {sequence, phase, std::move(regime), std::move(content)};
}

TEST(MeasureBeliefs, EachReplyIsOneRowWithItsNumbers) {
  const auto environment = confounded();
  const std::vector<EpisodeEvent> log = {
      event(0, 0, "", BeliefStated{"P(y)", 0.4}),
      event(1, 0, "", BeliefStated{"P(y | do(x=1))", 0.9}),
      event(2, 1, "set x=true", InterventionApplied{}),
      event(3, 1, "set x=true", DataDrawn{{{"z", "true"}, {"x", "true"}, {"y", "false"}}}),
      event(4, 1, "set x=true", BeliefStated{"P(y)", 0.7}),
      event(5, 1, "set x=true", BeliefRefused{"P(y | do(x=1))", "no"}),
      event(6, 1, "set x=true", BeliefUnparseable{"P(z)", "maybe", "it names no number"}),
      event(7, 1, "set x=true", AgentError{"P(x)", {ErrorCode::unavailable, "gone", "", ""}}),
  };
  const auto beliefs = *measure_beliefs(environment, log);
  ASSERT_EQ(beliefs.size(), 6U);

  EXPECT_FALSE(beliefs[0].causal);
  EXPECT_FALSE(beliefs[0].discriminating);
  EXPECT_FALSE(beliefs[0].before);
  EXPECT_NEAR(beliefs[0].truth, 0.54 * 0.3 + 0.06 * 0.5 + 0.08 * 0.4 + 0.32 * 0.8, 1e-12);
  EXPECT_NEAR(*beliefs[0].seeing, beliefs[0].truth, 1e-12);

  EXPECT_TRUE(beliefs[1].causal);
  EXPECT_TRUE(beliefs[1].discriminating);
  EXPECT_NEAR(beliefs[1].truth, 0.62, 1e-12);
  EXPECT_NEAR(*beliefs[1].seeing, 0.286 / 0.38, 1e-12);

  EXPECT_EQ(beliefs[2].phase, 1);
  EXPECT_EQ(*beliefs[2].belief, 0.7);
  EXPECT_EQ(*beliefs[2].before, 0.4);
  EXPECT_TRUE(beliefs[2].causal);
  EXPECT_NEAR(beliefs[2].truth, 0.62, 1e-12);
  EXPECT_NEAR(*beliefs[2].seeing, 0.286 / 0.38, 1e-12);

  EXPECT_EQ(beliefs[3].outcome, BeliefOutcome::refused);
  EXPECT_FALSE(beliefs[3].belief);
  EXPECT_EQ(*beliefs[3].before, 0.9);
  EXPECT_EQ(beliefs[4].outcome, BeliefOutcome::unparseable);
  EXPECT_FALSE(beliefs[4].belief);
  EXPECT_FALSE(beliefs[4].before);
  EXPECT_EQ(beliefs[5].outcome, BeliefOutcome::agent_error);
  EXPECT_FALSE(beliefs[5].belief);

  const auto records = intervention_records(log);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].regime, "set x=true");
  EXPECT_EQ(records[0].unit.size(), 3U);
}

TEST(MeasureBeliefs, WhatSeeingCannotAnswerNeverDiscriminates) {
  Environment environment = confounded();
  environment.model = *ModelBuilder("confounded-v1", "x -> y")
                           .table("x", {}, {0.5, 0.5})
                           .table("y", {"x"}, {0.7, 0.3, 0.2, 0.8}, Coupling::monotone)
                           .build();
  const std::vector<EpisodeEvent> log = {event(0, 0, "", BeliefStated{"PN(x -> y)", 0.5})};
  const auto beliefs = *measure_beliefs(environment, log);
  EXPECT_FALSE(beliefs[0].seeing);
  EXPECT_FALSE(beliefs[0].discriminating);
  EXPECT_TRUE(beliefs[0].causal);
}

TEST(MeasureBeliefs, RefusesALogThatIsNotOfTheEnvironment) {
  const auto environment = confounded();
  const auto code = [&](EventContent content, std::string regime = "") {
    const std::vector<EpisodeEvent> log = {event(0, 1, std::move(regime), std::move(content))};
    const auto beliefs = measure_beliefs(environment, log);
    return beliefs ? std::nullopt : std::optional(beliefs.error().code);
  };
  EXPECT_EQ(code(EpisodeStarted{"other-v1", "causal", "ideal", 1, {}, {}}),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code(BeliefStated{"P(y)", 1.5}), ErrorCode::invalid_argument);
  EXPECT_EQ(code(BeliefStated{"P(y)", std::nan("")}), ErrorCode::invalid_argument);
  EXPECT_EQ(code(BeliefStated{"P(w)", 0.5}), ErrorCode::unknown_name);
  EXPECT_EQ(code(BeliefStated{"P(y)", 0.5}, "set w=true"), ErrorCode::unknown_name);
  EXPECT_EQ(code(BeliefStated{"P(y)", 0.5}, "set x=true"), std::nullopt);
}

TEST(MeasureBeliefs, AnEmptyLogHasNoBeliefsAndNoScores) {
  const auto scores = *score_episode(confounded(), {});
  EXPECT_EQ(scores.counts, BeliefCounts{});
  for (const auto& score : scores.scores) EXPECT_FALSE(score.value) << score.name;
}

TEST(MeasureBeliefs, WhoLeavesEarlyHasNotReachedWhatWasToCome) {
  const auto environment = confounded_environment({"P(y)", "P(z)"}, {"x=1", "x=0"});
  EpisodeStarted started;
  started.environment = environment.id;
  started.interventions = {"set x=true", "set x=false"};
  started.queries = {"P(y)", "P(z)"};
  std::vector<EpisodeEvent> log = {event(0, 0, "", started),
                                   event(1, 0, "", BeliefStated{"P(y)", 0.4}),
                                   event(2, 0, "", BeliefStated{"P(z)", 0.4}),
                                   event(3, 1, "set x=false", InterventionApplied{}),
                                   event(4, 1, "set x=false", BeliefStated{"P(y)", 0.5}),
                                   event(5, 1, "set x=false", BeliefRefused{"P(z)", "left"})};
  EXPECT_EQ(measure_beliefs(environment, log)->size(), 4U);  // it may go on
  log.push_back(event(6, 1, "set x=false", EpisodeEnded{}));
  const auto beliefs = *measure_beliefs(environment, log);
  ASSERT_EQ(beliefs.size(), 6U);
  for (std::size_t i = 4; i < 6; ++i) {
    EXPECT_EQ(beliefs[i].phase, 2);
    EXPECT_EQ(beliefs[i].regime, "set x=true");
    EXPECT_EQ(beliefs[i].outcome, BeliefOutcome::not_reached);
    EXPECT_FALSE(beliefs[i].belief);
  }
  EXPECT_EQ(score_beliefs(beliefs).counts, (BeliefCounts{.requested = 6,
                                                         .stated = 3,
                                                         .refused = 1,
                                                         .unparseable = 0,
                                                         .agent_errors = 0,
                                                         .not_reached = 2}));
  EXPECT_EQ(beliefs[4].query, "P(y)");
  EXPECT_NEAR(beliefs[4].truth, 0.62, 1e-12);
}

TEST(BeliefOutcome, NamesReadBack) {
  for (const auto outcome :
       {BeliefOutcome::stated, BeliefOutcome::refused, BeliefOutcome::unparseable,
        BeliefOutcome::agent_error, BeliefOutcome::not_reached})
    EXPECT_EQ(*find_belief_outcome(belief_outcome_name(outcome)), outcome);
  EXPECT_EQ(find_belief_outcome("statd").error().suggestion, "did you mean 'stated'?");
}

}  // namespace
}  // namespace causal_gym

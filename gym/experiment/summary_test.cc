// Rows, intervals and findings, from numbers made by hand and from the built-in agents.
#include "gym/experiment/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gym/environments/registry.h"

namespace causal_gym {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

EpisodeResult result(const std::string& agent, const std::string& environment, std::uint64_t seed,
                     double score, std::optional<double> index = {},
                     BeliefCounts counts = {4, 4, 0, 0, 0}) {
  EpisodeResult made;
  made.plan = {0, environment, agent, 0, seed};
  made.scores.scores = {{"causal_score", score},
                        {"seeing_doing_index", index},
                        {"direction_accuracy", {}},
                        {"brier_regret", {}}};
  made.scores.counts = counts;
  return made;
}

TEST(Summarise, HasARowForEachAgentAndForEachAgentInEachEnvironment) {
  const std::vector<EpisodeResult> results = {result("a", "x", 1, 0.5), result("b", "x", 1, 0.25),
                                              result("a", "x", 2, 0.7), result("a", "y", 1, 0.9)};
  const auto summary = summarise(results);
  ASSERT_EQ(summary.agents.size(), 2U);
  const auto& a = summary.agents[0];
  EXPECT_EQ(a.agent, "a");
  EXPECT_EQ(a.environment, "");
  EXPECT_EQ(a.episodes, 3);
  EXPECT_EQ(a.counts, (BeliefCounts{12, 12, 0, 0, 0}));
  EXPECT_NEAR(a.find("causal_score")->estimate->mean, 0.7, 1e-12);
  ASSERT_TRUE(a.find("causal_score")->estimate->interval);
  EXPECT_FALSE(a.find("seeing_doing_index")->estimate);  // nothing was scored
  EXPECT_EQ(a.find("nonsense"), nullptr);
  EXPECT_FALSE(summary.agents[1].find("causal_score")->estimate->interval);  // one environment
  std::vector<std::string> rows;
  for (const auto& row : summary.agents_by_environment) {
    rows.push_back(row.agent + row.environment);
    EXPECT_FALSE(row.find("causal_score")->estimate->interval);
  }
  EXPECT_THAT(rows, ElementsAre("ax", "ay", "bx"));
}

TEST(Summarise, OfNothingIsEmpty) {
  const auto summary = summarise({});
  EXPECT_TRUE(summary.agents.empty());
  EXPECT_TRUE(summary.findings.empty());
}

TEST(Summarise, SameResultsAndSeedSameBits) {
  std::vector<EpisodeResult> results;
  for (int i = 0; i < 30; ++i)
    results.push_back(result("a", std::string(1, static_cast<char>('a' + i % 7)),
                             static_cast<std::uint64_t>(i), 0.01 * (i * i % 97),
                             0.02 * (i % 50) - 0.5));
  const auto interval = [&](std::uint64_t seed) {
    return *summarise(results, seed).agents[0].find("causal_score")->estimate->interval;
  };
  EXPECT_EQ(interval(1), interval(1));
  EXPECT_FALSE(interval(1) == interval(2));
}

TEST(Summarise, AgentsWithEqualScoresHaveEqualIntervals) {
  std::vector<EpisodeResult> results;
  for (int i = 0; i < 40; ++i)
    for (const auto* agent : {"first", "second", "apart"}) {
      const double score = 0.01 * (i * i % 97) + (agent == std::string("apart") ? 0.25 : 0);
      results.push_back(result(agent, std::string(1, static_cast<char>('a' + i % 8)),
                               static_cast<std::uint64_t>(i), score, 0.02 * (i % 50) - 0.5));
    }
  const auto rows = summarise(results, 3).agents;
  ASSERT_EQ(rows.size(), 3U);
  for (const auto* score : {"causal_score", "seeing_doing_index"}) {
    const auto& first = *rows[0].find(score)->estimate->interval;
    EXPECT_LT(first.low, first.high);
    EXPECT_EQ(first, *rows[1].find(score)->estimate->interval) << score;
  }
  // A shift of the scores shifts the interval.
  const auto& first = *rows[0].find("causal_score")->estimate->interval;
  const auto& apart = *rows[2].find("causal_score")->estimate->interval;
  EXPECT_NEAR(apart.low - first.low, 0.25, 1e-12);
  EXPECT_NEAR(apart.high - first.high, 0.25, 1e-12);
}

TEST(Findings, SayWhoAnswersSeeingAndWhoDoing) {
  std::vector<EpisodeResult> results;
  for (const auto* environment : {"x", "y", "z"}) {
    results.push_back(result("doer", environment, 1, 1, 1));
    results.push_back(result("seer", environment, 1, 0.5, -1));
  }
  const auto sentences = summarise(results).findings;
  EXPECT_THAT(sentences,
              Contains(AllOf(HasSubstr("seer"), HasSubstr("P(Y | X) when asked P(Y | do(X))"),
                             HasSubstr("-1.00"))));
  EXPECT_THAT(sentences, Contains(AllOf(HasSubstr("doer"), HasSubstr("doing"), HasSubstr("1.00"))));
  EXPECT_THAT(sentences, Contains(AllOf(HasSubstr("doer has the best causal_score"),
                                        HasSubstr("0.50 (95% interval 0.50 to 0.50)"))));
  for (const auto& sentence : sentences)
    EXPECT_THAT(sentence, ::testing::Not(HasSubstr("not decisive")));
}

TEST(Findings, AnIndexShortOfTheEndsOnlySaysWhatItIsNearerTo) {
  std::vector<EpisodeResult> results;
  for (const auto* environment : {"x", "y", "z"}) {
    results.push_back(result("near doing", environment, 1, 1, 0.5));
    results.push_back(result("near seeing", environment, 1, 1, -0.74));
  }
  const auto sentences = summarise(results).findings;
  EXPECT_THAT(sentences, Contains(HasSubstr("near doing is nearer to doing than to seeing")));
  EXPECT_THAT(sentences, Contains(HasSubstr("near seeing is nearer to seeing than to doing")));
}

TEST(Findings, AnIntervalThatIncludesZeroIsNotDecisive) {
  std::vector<EpisodeResult> results;
  const double index[] = {-0.9, 0.8, -0.5, 0.7};
  for (int i = 0; i < 4; ++i) {
    const std::string environment(1, static_cast<char>('w' + i));
    results.push_back(result("torn", environment, 1, 0.5 + 0.1 * (i % 2), index[i]));
    results.push_back(result("twin", environment, 1, 0.6 - 0.1 * (i % 2), {}));
  }
  const auto sentences = summarise(results).findings;
  EXPECT_THAT(sentences, Contains(AllOf(HasSubstr("torn"), HasSubstr("seeing_doing_index"),
                                        HasSubstr("not decisive"))));
  EXPECT_THAT(sentences, Contains(AllOf(HasSubstr("torn and twin have the same causal_score, 0.55"),
                                        HasSubstr("not decisive"))));
}

TEST(Findings, OneEnvironmentHasNoIntervalAndSaysSo) {
  const std::vector<EpisodeResult> results = {result("seer", "x", 1, 0.5, -1),
                                              result("seer", "x", 2, 0.5, -1)};
  EXPECT_THAT(summarise(results).findings, Contains(HasSubstr("one environment, so no interval")));
}

TEST(Findings, OneEnvironmentDecidesNothing) {
  const std::vector<EpisodeResult> results = {result("lucky", "x", 1, 0.5, -1)};
  EXPECT_THAT(summarise(results).findings,
              Contains(AllOf(HasSubstr("lucky was nearer to seeing than to doing, not decisive"),
                             HasSubstr("-1.00"))));
}

TEST(Findings, ATieHasNoWinner) {
  std::vector<EpisodeResult> results;
  for (const auto* environment : {"x", "y", "z"}) {
    results.push_back(result("one", environment, 1, 1, {}));
    results.push_back(result("other", environment, 1, 1, {}));
  }
  EXPECT_THAT(summarise(results).findings,
              Contains("one and other have the same causal_score, 1.00."));
}

TEST(Findings, DifferencesArePairedOnEnvironmentAndSeed) {
  // Levels differ wildly between environments; the difference is 0.1 in each pair.
  std::vector<EpisodeResult> results;
  const double level[] = {0.1, 0.5, 0.8};
  for (int e = 0; e < 3; ++e)
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
      results.push_back(result("b", std::string(1, static_cast<char>('x' + e)), seed, level[e]));
      results.push_back(
          result("a", std::string(1, static_cast<char>('x' + e)), seed, level[e] + 0.1));
    }
  results.push_back(result("b", "w", 1, 0));  // has no partner
  EXPECT_THAT(summarise(results).findings,
              Contains(AllOf(HasSubstr("a has the best"),
                             HasSubstr("by 0.10 (95% interval 0.10 to 0.10)"))));
}

TEST(Findings, SilenceIsCountedBesideTheScores) {
  const std::vector<EpisodeResult> results = {result("quiet", "x", 1, 0.5, {}, {10, 4, 3, 2, 1}),
                                              result("left", "x", 1, 0.5, {}, {4, 2, 0, 0, 0, 2})};
  EXPECT_THAT(summarise(results).findings,
              Contains(AllOf(HasSubstr("quiet"), HasSubstr("6 of 10"), HasSubstr("3 refused"),
                             HasSubstr("2 unparseable"), HasSubstr("1 error);"))));
  EXPECT_THAT(summarise(results).findings,
              Contains(AllOf(HasSubstr("left"), HasSubstr("2 of 4"), HasSubstr("0 refused"),
                             HasSubstr("0 errors; 2 not reached before the episode ended);"))));
}

EpisodeRecord with_errors(const std::string& agent, std::initializer_list<std::string> messages,
                          bool finished) {
  const auto count = static_cast<std::int64_t>(messages.size());
  EpisodeRecord record;
  if (finished) record.result = result(agent, "x", 1, 0.5, {}, {count, 0, 0, 0, count});
  record.plan.agent = agent;
  for (const auto& message : messages)
    record.events.push_back(
        {0, 0, "", AgentError{"P(y)", {ErrorCode::unavailable, message, "", ""}}});
  return record;
}

TEST(Findings, ErrorsAreToldWithTheirCommonestReason) {
  StoredRun run;
  run.episodes = {with_errors("a", {"too long", "no such field"}, true),
                  with_errors("a", {"too long", "too long"}, true),
                  with_errors("a", {"other", "other", "other", "other"}, false),
                  with_errors("b", {"one"}, true), with_errors("c", {"x", "y"}, true)};
  EXPECT_THAT(
      summarise_run(run).findings,
      AllOf(Contains(HasSubstr("a did not state 4 of 4 beliefs (0 refused; 0 unparseable; 4 "
                               "errors, the commonest: too long, 3 times); its scores")),
            Contains(HasSubstr("0 unparseable; 1 error: one);")),
            Contains(HasSubstr("2 errors, the commonest: x, once);"))));
  const auto all = agent_errors(run.episodes, false);
  EXPECT_EQ(agent_errors_text(all.at("a")), "8 errors, the commonest: other, 4 times");
}

EpisodeRecord with_usage(const std::string& agent, const std::string& environment,
                         std::optional<ModelUsage> usage) {
  EpisodeRecord record;
  record.result = result(agent, environment, 1, 0.5);
  record.plan = record.result->plan;
  record.usage = std::move(usage);
  return record;
}

EpisodeRecord with_unparseable(const std::string& agent, std::initializer_list<std::string> reasons,
                               bool finished) {
  const auto count = static_cast<std::int64_t>(reasons.size());
  EpisodeRecord record;
  if (finished) record.result = result(agent, "x", 1, 0.5, {}, {count, 0, 0, count});
  record.plan.agent = agent;
  for (const auto& reason : reasons)
    record.events.push_back({0, 0, "", BeliefUnparseable{"P(y)", "hm", reason}});
  return record;
}

TEST(Findings, UnparseableRepliesAreToldWithTheirCommonestReason) {
  StoredRun run;
  run.episodes = {with_unparseable("a", {"several numbers", "no number"}, true),
                  with_unparseable("a", {"several numbers"}, true),
                  with_unparseable("a", {"no number", "no number"}, false),
                  with_unparseable("b", {"no number"}, true), with_unparseable("c", {""}, true)};
  EXPECT_THAT(summarise_run(run).findings,
              AllOf(Contains(HasSubstr("a did not state 3 of 3 beliefs (0 refused; 3 unparseable, "
                                       "the commonest: several numbers, 2 times; 0 errors);")),
                    Contains(HasSubstr("(0 refused; 1 unparseable: no number; 0 errors);")),
                    Contains(HasSubstr("c did not state 1 of 1 beliefs (0 refused; 1 unparseable; "
                                       "0 errors);"))));
}

TEST(Summarise, AddsUpWhatTheModelsOfEachAgentTook) {
  using Usage = std::optional<ModelUsage>;
  StoredRun run;
  run.episodes = {with_usage("m", "x", ModelUsage{{"v2"}, 10, 1, 0.5}),
                  with_usage("m", "x", ModelUsage{{"v1"}, 20, 2, 0.25}),
                  with_usage("m", "y", ModelUsage{{"v2"}, 40, std::nullopt, std::nullopt}),
                  with_usage("m", "z", {}),
                  with_usage("ideal", "x", {}),
                  with_usage("m", "x", ModelUsage{{"v3"}, 100, 100, 100.0})};
  run.episodes.back().result.reset();  // not finished, and in no row
  const auto summary = summarise_run(run);
  ASSERT_EQ(summary.agents.size(), 2U);
  EXPECT_EQ(summary.agents[0].usage, Usage({{"v1", "v2"}, 70, std::nullopt, std::nullopt}));
  EXPECT_EQ(summary.agents[1].usage, Usage());
  const auto& rows = summary.agents_by_environment;
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[0].usage, Usage({{"v1", "v2"}, 30, 3, 0.75}));
  EXPECT_EQ(rows[1].usage, Usage({{"v2"}, 40, std::nullopt, std::nullopt}));
  EXPECT_EQ(rows[2].usage, Usage());
  EXPECT_EQ(rows[3].usage, Usage());
}

TEST(AgentErrors, AreToldOnOneLineThatEnds) {
  const std::vector<EpisodeRecord> episodes = {
      with_errors("a", {"no such\nfield\x1b[31m"}, true),
      with_errors("b", {std::string(239, 'x') + "é" + std::string(500, 'y')}, true)};
  const auto errors = agent_errors(episodes, true);
  EXPECT_EQ(errors.at("a").commonest, "no such field [31m");
  EXPECT_EQ(errors.at("b").commonest, std::string(239, 'x') + "...");
}

TEST(Findings, OfTheBuiltInAgentsAreTrueOfThem) {
  ExperimentSpec spec;
  for (const auto& environment : all_environments()) spec.environments.push_back(environment.id);
  spec.agents = {"ideal", "seeing", "stubborn"};
  const auto summary = summarise(*run_experiment(spec, {}));
  EXPECT_THAT(summary.findings, Contains(AllOf(HasSubstr("seeing answers P(Y | X)"),
                                               HasSubstr("-1.00 (95% interval -1.00 to -1.00)"))));
  EXPECT_THAT(summary.findings,
              Contains(HasSubstr("ideal answers what doing brings about: seeing_doing_index 1.00 "
                                 "(95% interval 1.00 to 1.00)")));
  EXPECT_THAT(summary.findings, Contains(HasSubstr("ideal has the best causal_score, 1.00")));
}

}  // namespace
}  // namespace causal_gym

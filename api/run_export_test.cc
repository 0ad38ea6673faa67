// Runs as CSV, Markdown and JSON: why beliefs are missing, and text that would do something where
// it is shown.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "api/run_json.h"

namespace causal_gym {
namespace {

using testing::HasSubstr;

// One finished episode, whose only belief got the reply, if any.
StoredRun run_with(const EventContent& content, BeliefOutcome outcome,
                   const std::string& agent = "a") {
  BeliefMeasurement belief;
  belief.query = "P(y)";
  belief.outcome = outcome;
  belief.truth = 0.5;
  if (outcome == BeliefOutcome::stated) belief.belief = 0.25;
  EpisodeRecord episode;
  episode.plan = {0, "chain-v1", agent, 0, 1};
  episode.events = {{0, 0, "", content}};
  episode.result = EpisodeResult{episode.plan, score_beliefs({{belief}}), {belief}, {}};
  StoredRun run;
  run.summary.id = "r";
  run.summary.spec.agents = {agent};
  run.episodes = {std::move(episode)};
  return run;
}

// The columns from `outcome` on, of the only line.
std::string line_of(const StoredRun& run) {
  const auto text = run_csv(run);
  return text.substr(text.find("P(y),") + 5);
}

TEST(RunExport, TellsWhyABeliefIsMissing) {
  struct Case {
    EventContent content;
    BeliefOutcome outcome;
    std::string reason, said;
  };
  const Case cases[] = {
      {BeliefStated{"P(y)", 0.25}, BeliefOutcome::stated, "", ""},
      {BeliefUnparseable{"P(y)", "0.1 or 0.2", "it names several numbers"},
       BeliefOutcome::unparseable, "it names several numbers", "0.1 or 0.2"},
      {BeliefUnparseable{"P(y)", "hm", ""}, BeliefOutcome::unparseable, "", "hm"},
      {BeliefRefused{"P(y)", "I cannot"}, BeliefOutcome::refused, "I cannot", ""},
      {AgentError{"P(y)", {ErrorCode::unavailable, "too long", "", ""}}, BeliefOutcome::agent_error,
       "unavailable: too long", ""},
      {EpisodeEnded{}, BeliefOutcome::not_reached, "the episode ended before it was asked", ""}};
  for (const auto& [content, outcome, reason, said] : cases) {
    const auto run = run_with(content, outcome);
    const std::string name(belief_outcome_name(outcome));
    SCOPED_TRACE(name);
    EXPECT_EQ(line_of(run), name + (outcome == BeliefOutcome::stated ? ",0.25" : ",") +
                                ",0.5,,,false,false," + reason + "," + said + ",,,,\r\n");
    const auto json = stored_run_json(run, true);
    const auto& belief = json["episodes"][0]["beliefs"][0];
    EXPECT_EQ(belief["reason"], reason.empty() ? nlohmann::json() : nlohmann::json(reason));
    const auto event = json["logs"][0]["events"][0]["text"].get<std::string>();
    EXPECT_EQ(event.find("several numbers") != std::string::npos, said == "0.1 or 0.2");
  }
  EXPECT_THAT(run_csv(run_with(EpisodeEnded{}, BeliefOutcome::not_reached)),
              HasSubstr(",outcome,belief,truth,seeing,before,causal,discriminating,reason,said,"));
}

}  // namespace
}  // namespace causal_gym

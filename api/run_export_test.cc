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

TEST(RunExport, NoTextOfAModelIsObeyedWhereItIsShown) {
  const auto cell_of = [](const std::string& said) {
    const auto line =
        line_of(run_with(BeliefUnparseable{"P(y)", said, "why"}, BeliefOutcome::unparseable));
    const auto begin = line.find(",why,") + 5;
    return line.substr(begin, line.rfind(",,,,") - begin);
  };
  EXPECT_EQ(cell_of("\x1b[31mred\x07\x7f"), "\\x1b[31mred\\x07\\x7f");
  EXPECT_EQ(cell_of("\xc2\x9b"
                    "2J"),
            "\\u009b2J");
  EXPECT_EQ(cell_of("a\r\nb\tc"), "\"a\\x0d\nb\\x09c\"");
  EXPECT_EQ(cell_of(std::string("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(cell_of("naïve, 0.4"), "\"naïve, 0.4\"");
  for (const std::string formula : {"=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\uff1d1"})
    EXPECT_EQ(cell_of(formula), "'" + formula);
  EXPECT_EQ(cell_of("\n=1"), "\"'\n=1\"");
  EXPECT_EQ(cell_of("\t=1"), "'\\x09=1");
  const auto run = run_with(BeliefUnparseable{"P(y)", "hm", "\x1b]0;title\x07 <img src=x>"},
                            BeliefOutcome::unparseable, "openai/a\x1b[2J|<b>\n# b");
  for (const auto format : {ExportFormat::csv, ExportFormat::markdown, ExportFormat::json}) {
    const auto text = export_run(run, format);
    EXPECT_EQ(text.find_first_of("\x1b\x07"), std::string::npos) << text;
  }
  EXPECT_EQ(run_markdown(run).find("- reason"), std::string::npos);
  auto stopped = run;
  stopped.summary.state = RunState::failed;
  stopped.summary.reason = "limit_exceeded: <the> quota\nis used up";
  EXPECT_THAT(run_markdown(stopped),
              HasSubstr("- state: failed\n- reason: limit_exceeded: &lt;the> quota"));
  const auto markdown = run_markdown(run);
  EXPECT_THAT(markdown, HasSubstr("| openai/a\\x1b[2J\\|&lt;b> # b |"));
  EXPECT_THAT(markdown, HasSubstr("- agents: openai/a"));
  EXPECT_EQ(markdown.find('<'), std::string::npos);
  EXPECT_EQ(markdown.find("\n# b"), std::string::npos);
}

}  // namespace
}  // namespace causal_gym

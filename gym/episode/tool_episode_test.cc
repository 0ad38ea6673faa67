// Episodes that are played with tools: in the scripted order the scripted log, each result read
// back, what is refused and why, and how an agent that goes astray ends without a number.
#include "gym/episode/tool_episode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gym/agent/tool_prompt.h"
#include "gym/environment/confounded_environment.h"

namespace causal_gym {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const Environment& confounded() {
  static const Environment environment =
      confounded_environment({"P(y)", "P(z)"}, {"x=1", "x=0; z=1"});
  return environment;
}

ToolEpisode started(const ToolEpisodeLimits& limits = {}, const std::string& preset = "causal") {
  return *ToolEpisode::start(confounded(), *find_interface(preset), default_protocol(confounded()),
                             "tester", 3, limits);
}

ToolEpisodeLimits limited(std::size_t turns, std::size_t uses_a_turn, std::size_t said_bytes) {
  ToolEpisodeLimits limits;
  limits.turns = turns;
  limits.uses_a_turn = uses_a_turn;
  limits.said_bytes = said_bytes;
  return limits;
}

TurnReply uses(std::vector<Action> actions) {
  TurnReply turn;
  for (auto& action : actions)
    turn.uses.push_back({"id" + std::to_string(turn.uses.size()), "tool", "{}", std::move(action)});
  return turn;
}

// What the agent was told last, of which there must be one.
std::string last_told(const ToolEpisode& episode) {
  const auto request = episode.pending();
  if (!request) return {};
  return request->turns.empty() ? std::string(request->opening)
                                : request->turns.back().results.back().text;
}

std::vector<std::string> actions(const ToolEpisode& episode) {
  std::vector<std::string> texts;
  for (const auto& event : episode.events())
    if (const auto* action = std::get_if<ActionTaken>(&event.content))
      texts.push_back(action->action);
  return texts;
}

// How the beliefs of the last phase are recorded.
std::vector<std::string> last_replies(const ToolEpisode& episode) {
  std::vector<std::string> kinds;
  for (const auto& event : episode.events())
    if (event.phase == episode.events().back().phase) {
      const std::string kind(event_kind_name(event.content));
      if (kind.starts_with("belief_") && kind != "belief_requested") kinds.push_back(kind);
      if (kind == "agent_error") kinds.push_back(kind);
    }
  return kinds;
}

// Does what the last standing asks for until the episode ends, one tool a turn.
void play(ToolEpisode& episode, double value = 0) {
  while (episode.pending()) {
    const auto standing = read_standing(last_told(episode));
    ASSERT_TRUE(standing) << last_told(episode);
    Action next = InterveneAction{standing->offered.empty() ? "" : standing->offered.front()};
    if (standing->query) next = StateBeliefAction{*standing->query, Stated{value += 0.1}};
    ASSERT_TRUE(episode.answer(uses({next})).has_value());
  }
}

TEST(ToolEpisode, InTheScriptedOrderItWritesTheScriptedLog) {
  for (const auto* preset : {"causal", "correlational"}) {
    auto episode = started({}, preset);
    play(episode);
    auto scripted = *Episode::start(confounded(), *find_interface(preset),
                                    default_protocol(confounded()), "tester", 3);
    double value = 0;
    while (scripted.pending())
      EXPECT_TRUE(scripted.answer(Reply(Stated{value += 0.1})).has_value());
    std::vector<EpisodeEvent> without_actions;
    for (auto event : episode.events()) {
      if (std::holds_alternative<ActionTaken>(event.content)) continue;
      event.sequence = static_cast<std::int64_t>(without_actions.size());
      without_actions.push_back(std::move(event));
    }
    const auto expected = scripted.events();
    EXPECT_EQ(without_actions, std::vector<EpisodeEvent>(expected.begin(), expected.end()));
  }
}

TEST(ToolEpisode, TheOpeningShowsTheWorldAndLaterResultsWhatIsNew) {
  auto episode = started();
  EXPECT_THAT(last_told(episode),
              StartsWith("Environment: confounded-v1\n\n--- Observation 1 of 1"));
  EXPECT_THAT(last_told(episode),
              HasSubstr("--- Now ---\nIntervention in force: none\nQuestion: P(y)\nIts value lies "
                        "between 0 and 1.\nOpen after it: P(z)\n"));
  ASSERT_TRUE(episode.answer(uses({StateBeliefAction{"", Stated{0.5}}})).has_value());
  EXPECT_EQ(last_told(episode),
            "Environment: confounded-v1\n\n--- Now ---\nIntervention in force: none\nQuestion: "
            "P(z)\nIts value lies between 0 and 1.\n");
  ASSERT_TRUE(episode.answer(uses({StateBeliefAction{"P(z)", Stated{0.5}}})).has_value());
  EXPECT_THAT(last_told(episode), HasSubstr("Every question of this phase is answered.\n"
                                            "Intervention offered: set x=true\n"
                                            "Intervention offered: set x=false; set z=true\n"));
  ASSERT_TRUE(episode.answer(uses({InterveneAction{"x=1"}})).has_value());
  EXPECT_THAT(last_told(episode), HasSubstr("--- Observation 2 of 2 ---"));
  EXPECT_THAT(last_told(episode), HasSubstr("Intervention in force: set x=true\n"));
  ASSERT_TRUE(episode.answer(uses({ObserveAction{}})).has_value());
  EXPECT_THAT(last_told(episode), HasSubstr("--- Observation 1 of 2 ---"));
}

TEST(ToolEpisode, TheHistoryTellsWhatWasDoneAndSaid) {
  auto episode = started();
  ASSERT_TRUE(
      episode
          .answer(uses({StateBeliefAction{"", Stated{0.25}}, StateBeliefAction{"", Refused{"no"}},
                        InterveneAction{"x=1"}, AskHistoryAction{}}))
          .has_value());
  EXPECT_THAT(last_told(episode), HasSubstr("Phase 0: You stated P(y) = 0.25.\n"
                                            "Phase 0: You refused P(z).\n"));
  EXPECT_THAT(last_told(episode), HasSubstr("Phase 1, set x=true: The intervention began.\n"));
}

TEST(ToolEpisode, WhatIsNotPossibleSaysWhyAndChangesNothing) {
  auto episode = started();
  const auto results_of = [&](Action action) {
    EXPECT_TRUE(episode.answer(uses({std::move(action)})).has_value());
    const auto& result = episode.pending()->turns.back().results.back();
    EXPECT_TRUE(result.is_error);
    return result.text;
  };
  EXPECT_THAT(results_of(InterveneAction{"x=1"}), HasSubstr("questions are open"));
  EXPECT_THAT(results_of(StateBeliefAction{"P(y)", Stated{1.5}}), HasSubstr("lies in [0, 1]"));
  EXPECT_THAT(results_of(StateBeliefAction{"P(x)", Stated{0.5}}), HasSubstr("is not asked here"));
  EXPECT_THAT(results_of(UnreadableAction{"'belief' is missing"}),
              HasSubstr("'belief' is missing"));
  EXPECT_THAT(actions(episode),
              ElementsAre(HasSubstr("not possible"), HasSubstr("not possible"),
                          HasSubstr("not possible"), HasSubstr("'belief' is missing")));
  ASSERT_TRUE(episode.answer(uses({ObserveAction{}})).has_value());
  play(episode);
  EXPECT_TRUE(episode.ended());
}

TEST(ToolEpisode, AfterStopNothingMoreIsDone) {
  auto episode = started();
  ASSERT_TRUE(episode.answer(uses({StopAction{}, StateBeliefAction{"", Stated{0.5}}})).has_value());
  EXPECT_TRUE(episode.ended());
  EXPECT_THAT(last_replies(episode), ElementsAre("belief_refused", "belief_refused"));
  EXPECT_EQ(episode.answer(uses({})).error().code, ErrorCode::conflict);
}

TEST(ToolEpisode, WordsWithoutToolsAreRemindedAndThenEndItWithoutANumber) {
  auto episode = started();
  TurnReply words;
  words.text = "I think it is 0.5.";
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(episode.answer(words).has_value());
    EXPECT_THAT(episode.pending()->turns.back().reminder, HasSubstr("You used no tool"));
  }
  ASSERT_TRUE(episode.answer(words).has_value());
  EXPECT_TRUE(episode.ended());
  EXPECT_THAT(last_replies(episode), ElementsAre("belief_unparseable", "belief_unparseable"));
  // A tool between them starts the count anew.
  auto other = started();
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(other.answer(words).has_value());
    ASSERT_TRUE(other.answer(words).has_value());
    ASSERT_TRUE(other.answer(uses({ObserveAction{}})).has_value());
  }
  EXPECT_FALSE(other.ended());
}

TEST(ToolEpisode, RefusalsFailuresAndTheLastTurnAreWhatTheyAre) {
  const auto ending = [](const Result<TurnReply>& reply, const ToolEpisodeLimits& limits = {}) {
    auto episode = started(limits);
    EXPECT_TRUE(episode.answer(reply).has_value());
    EXPECT_TRUE(episode.ended());
    return last_replies(episode);
  };
  EXPECT_THAT(ending(TurnReply{"", {}, Reply(Refused{"no"})}),
              ElementsAre("belief_refused", "belief_refused"));
  EXPECT_THAT(ending(TurnReply{"", {}, Reply(Unparseable{"cut", "it is cut"})}),
              ElementsAre("belief_unparseable", "belief_unparseable"));
  EXPECT_THAT(ending(fail(ErrorCode::unavailable, "no answer")),
              ElementsAre("agent_error", "agent_error"));
  EXPECT_THAT(ending(uses({StateBeliefAction{"", Stated{0.5}}}), limited(1, 16, 1 << 16)),
              ElementsAre("belief_stated", "agent_error"));
  EXPECT_THAT(ending(TurnReply{std::string(100, 'x'), {}, std::nullopt}, limited(0, 16, 99)),
              ElementsAre("belief_unparseable", "belief_unparseable"));
}

TEST(ToolEpisode, ATurnDoesSoMuchAndIsToldSoMuch) {
  auto episode = started(limited(0, 3, 1 << 16));
  ASSERT_TRUE(episode
                  .answer(uses({ObserveAction{}, ObserveAction{}, ObserveAction{},
                                StateBeliefAction{"", Stated{0.5}}}))
                  .has_value());
  const auto request = *episode.pending();
  ASSERT_EQ(request.turns.back().results.size(), 4U);
  EXPECT_THAT(request.turns.back().results[3].text, HasSubstr("this did nothing"));
  std::size_t bytes = 0;
  for (const auto& result : request.turns.back().results) bytes += result.text.size();
  EXPECT_LE(bytes, request.most_result_bytes);
  EXPECT_THAT(actions(episode), ElementsAre("observe", "observe", "observe"));
}

TEST(ToolEpisode, WhatIsToldOfATurnHasABound) {
  auto episode = started(limited(0, 3, 1 << 16));
  const std::size_t uses_before = episode.pending()->most_uses;
  ASSERT_TRUE(episode.answer(uses(std::vector<Action>(1'000, AskHistoryAction{}))).has_value());
  const auto request = *episode.pending();
  const auto& turn = request.turns.back();
  EXPECT_EQ(uses_before, 4U);
  EXPECT_EQ(turn.reply.uses.size(), 4U);  // each with its result
  ASSERT_EQ(turn.results.size(), 4U);
  EXPECT_THAT(turn.results[3].text, HasSubstr("this and what came after it did nothing"));
  std::size_t bytes = 0;
  for (const auto& result : turn.results) bytes += result.text.size();
  EXPECT_LE(bytes, request.most_result_bytes);
}

TEST(ToolEpisode, EveryTurnLeavesATrace) {
  auto episode = started();
  TurnReply words;
  words.text = "hm";
  const TurnReply turns[] = {words, uses({ObserveAction{}}), uses({AskHistoryAction{}}),
                             uses({UnreadableAction{"?"}}),
                             uses({StateBeliefAction{"", Stated{0.1}}})};
  for (const auto& turn : turns) {
    const auto before = episode.events().size();
    ASSERT_TRUE(episode.answer(turn).has_value());
    EXPECT_GT(episode.events().size(), before);
  }
}

TEST(ReadStanding, TakesNoPromptWithoutItsMark) {
  EXPECT_EQ(read_standing("Environment: a\nQuestion: P(x)\n").error().code, ErrorCode::parse_error);
  EXPECT_EQ(read_standing("noted").error().code, ErrorCode::parse_error);
  // What a story says cannot be taken for where the episode stands.
  const auto read = read_standing(
      "Environment: a\nQuestion: P(story)\n--- Now ---\nIntervention in force: set x=1\n"
      "Intervention offered: set z=1\n");
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, (ReadStanding{"a", "set x=1", std::nullopt, {"set z=1"}}));
}

}  // namespace
}  // namespace causal_gym

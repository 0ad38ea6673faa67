// The active protocol: that in the scripted order it writes the scripted log, what a participant
// may choose, and that a refused step changes nothing.
#include "gym/episode/active_episode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "gym/environment/confounded_environment.h"

namespace causal_gym {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Environment& confounded() {
  static const Environment environment =
      confounded_environment({"P(y)", "P( z )"}, {"x=1", "x=0; z=1"});
  return environment;
}

ActiveEpisode started(const std::string& preset = "causal") {
  return *ActiveEpisode::start(confounded(), *find_interface(preset),
                               default_protocol(confounded()), "tester", 3);
}

// Answers every open question; the same numbers in the same order as scripted_log.
void answer_all(ActiveEpisode& episode, double& value) {
  while (!episode.open_questions().empty())
    ASSERT_TRUE(episode.answer("", Stated{value += 0.1}).has_value());
}

std::vector<EpisodeEvent> scripted_log(const std::string& preset, const Protocol& protocol) {
  auto episode = *Episode::start(confounded(), *find_interface(preset), protocol, "tester", 3);
  double value = 0;
  while (episode.pending()) EXPECT_TRUE(episode.answer(Reply(Stated{value += 0.1})).has_value());
  return {episode.events().begin(), episode.events().end()};
}

// The log without what the participant chose, numbered anew.
std::vector<EpisodeEvent> without_actions(std::span<const EpisodeEvent> events) {
  std::vector<EpisodeEvent> kept;
  for (auto event : events) {
    if (std::holds_alternative<ActionTaken>(event.content)) continue;
    event.sequence = static_cast<std::int64_t>(kept.size());
    kept.push_back(std::move(event));
  }
  return kept;
}

std::vector<std::string> kinds(std::span<const EpisodeEvent> events) {
  std::vector<std::string> names;
  for (const auto& event : events) names.emplace_back(event_kind_name(event.content));
  return names;
}

TEST(ActiveEpisode, InTheScriptedOrderItWritesTheScriptedLog) {
  for (const auto* preset : {"causal", "correlational"}) {
    auto episode = started(preset);
    double value = 0;
    answer_all(episode, value);
    while (!episode.ended()) {
      ASSERT_TRUE(episode.intervene(episode.choices().front()).has_value());
      answer_all(episode, value);
    }
    EXPECT_EQ(without_actions(episode.events()),
              scripted_log(preset, default_protocol(confounded())));
  }
}

TEST(ActiveEpisode, AnotherOrderShowsWhatAnEpisodeOfThatOrderShows) {
  auto episode = started();
  double value = 0;
  answer_all(episode, value);
  EXPECT_THAT(episode.choices(), ElementsAre("set x=true", "set x=false; set z=true"));
  ASSERT_TRUE(episode.intervene("set x=0 ; z = true").has_value());
  answer_all(episode, value);
  EXPECT_THAT(episode.choices(), ElementsAre("set x=true"));
  ASSERT_TRUE(episode.intervene("x=1").has_value());
  answer_all(episode, value);
  EXPECT_TRUE(episode.ended());
  const auto scripted = scripted_log("causal", {{"x=0; z=1", "x=1"}, {"P(y)", "P(z)"}});
  const auto active = without_actions(episode.events());
  ASSERT_EQ(active.size(), scripted.size());
  // Event 0 and the buttons of phase 0 tell the order that was offered, not the one chosen.
  for (std::size_t i = 3; i < active.size(); ++i) EXPECT_EQ(active[i], scripted[i]) << i;
}

TEST(ActiveEpisode, TheChoiceIsRecordedBeforeItsPhaseAndOnlyWhereThereIsOne) {
  for (const auto* preset : {"causal", "correlational"}) {
    auto episode = started(preset);
    double value = 0;
    answer_all(episode, value);
    const auto before = episode.events().size();
    ASSERT_TRUE(episode.intervene("x=1").has_value());
    const auto events = episode.events().subspan(before);
    if (std::string(preset) == "correlational") {
      EXPECT_THAT(kinds(events), ElementsAre("intervention_applied", "observation_shown"));
      continue;
    }
    EXPECT_THAT(kinds(events), ElementsAre("action_taken", "intervention_applied", "data_drawn",
                                           "observation_shown"));
    EXPECT_EQ(std::get<ActionTaken>(events[0].content).action, "intervene set x=true");
    EXPECT_EQ(events[0].phase, 0);
    EXPECT_EQ(events[1].phase, 1);
    EXPECT_EQ(events[1].regime, "set x=true");
  }
}

TEST(ActiveEpisode, QuestionsAreAnsweredOnceInAnyOrderAndSpelling) {
  auto episode = started();
  ASSERT_TRUE(episode.answer("P(  z)", Stated{0.25}).has_value());
  EXPECT_THAT(episode.open_questions(), testing::SizeIs(1));
  EXPECT_EQ(episode.open_questions()[0].text, "P(y)");
  const auto twice = episode.answer("P(z)", Stated{0.5});
  ASSERT_FALSE(twice.has_value());
  EXPECT_EQ(twice.error().code, ErrorCode::conflict);
  ASSERT_TRUE(episode.answer("P(y)", Refused{"no idea"}).has_value());
  EXPECT_THAT(episode.open_questions(), IsEmpty());
  EXPECT_THAT(kinds(episode.events().last(4)), ElementsAre("belief_requested", "belief_stated",
                                                           "belief_requested", "belief_refused"));
  EXPECT_EQ(episode.answer("", Stated{0.5}).error().code, ErrorCode::conflict);
}

void expect_refused(ActiveEpisode& episode, const Status& status, ErrorCode code,
                    const std::string& text, std::size_t events) {
  ASSERT_FALSE(status.has_value()) << text;
  EXPECT_EQ(status.error().code, code) << error_text(status.error());
  EXPECT_THAT(error_text(status.error()), HasSubstr(text));
  EXPECT_EQ(episode.events().size(), events);
}

TEST(ActiveEpisode, ARefusedStepNamesItsCauseAndChangesNothing) {
  auto episode = started();
  const auto at = episode.events().size();
  const auto refused = [&](const Status& status, ErrorCode code, const std::string& text) {
    expect_refused(episode, status, code, text, at);
  };
  refused(episode.intervene("x=1"), ErrorCode::conflict, "2 of this phase's questions are open");
  refused(episode.answer("P(y)", Stated{1.5}), ErrorCode::invalid_argument,
          "'P(y)' lies in [0, 1]");
  refused(episode.answer("P(y)", Stated{std::numeric_limits<double>::quiet_NaN()}),
          ErrorCode::invalid_argument, "lies in");
  refused(episode.answer("P(x)", Stated{0.5}), ErrorCode::unknown_name, "'P(x)' is not asked");
  refused(episode.answer("P(", Stated{0.5}), ErrorCode::parse_error, "");
}

TEST(ActiveEpisode, OnlyWhatIsOfferedAndNewMayBeDone) {
  auto episode = started();
  double value = 0;
  answer_all(episode, value);
  ASSERT_TRUE(episode.intervene("x=1").has_value());
  answer_all(episode, value);
  const auto at = episode.events().size();
  expect_refused(episode, episode.intervene("x=1"), ErrorCode::conflict, "was in force before", at);
  expect_refused(episode, episode.intervene("z=1"), ErrorCode::invalid_argument, "is not offered",
                 at);
  expect_refused(episode, episode.intervene("w=1"), ErrorCode::unknown_name, "w", at);
  auto without_buttons = started("correlational");
  answer_all(without_buttons, value = 0);
  EXPECT_THAT(without_buttons.choices(), ElementsAre("set x=true"));
  expect_refused(without_buttons, without_buttons.intervene("x=0; z=1"), ErrorCode::conflict,
                 "is not the next one", without_buttons.events().size());
}

TEST(ActiveEpisode, LeavingRecordsTheOpenQuestionsAsRefused) {
  auto episode = started();
  ASSERT_TRUE(episode.answer("P(y)", Stated{0.5}).has_value());
  ASSERT_TRUE(episode.leave().has_value());
  EXPECT_TRUE(episode.ended());
  EXPECT_THAT(kinds(episode.events().last(4)),
              ElementsAre("action_taken", "belief_requested", "belief_refused", "episode_ended"));
  EXPECT_THAT(episode.choices(), IsEmpty());
  EXPECT_THAT(episode.open_questions(), IsEmpty());
  const auto at = episode.events().size();
  expect_refused(episode, episode.leave(), ErrorCode::conflict, "has ended", at);
  expect_refused(episode, episode.intervene("x=1"), ErrorCode::conflict, "has ended", at);
  expect_refused(episode, episode.answer("P(z)", Stated{0.5}), ErrorCode::conflict, "has ended",
                 at);
}

TEST(ActiveEpisode, ABadProtocolIsRefusedAsAnEpisodeRefusesIt) {
  const auto refused = ActiveEpisode::start(confounded(), *find_interface("causal"),
                                            {{"x=1", "x = 1"}, {"P(y)"}}, "tester", 3);
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(error_text(refused.error()),
              HasSubstr("'set x=true' is there twice (interventions[1])"));
}

}  // namespace
}  // namespace causal_gym

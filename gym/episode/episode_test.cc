// The episode's state machine: the order of events, replies of every kind, limits, and broken-off
// logs.
#include "gym/episode/episode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "gym/environment/confounded_environment.h"

namespace causal_gym {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Environment& confounded() {
  static const Environment environment =
      confounded_environment({"P(y)", "P( z )"}, {"x=1", "x=0; z=1"});
  return environment;
}

Result<Episode> started(const Protocol& protocol, const std::string& preset = "causal",
                        const EpisodeLimits& limits = {}) {
  return Episode::start(confounded(), *find_interface(preset), protocol, "tester", 3, limits);
}

std::vector<std::string> kinds(std::span<const EpisodeEvent> events) {
  std::vector<std::string> names;
  for (const auto& event : events) names.emplace_back(event_kind_name(event.content));
  return names;
}

std::vector<EpisodeEvent> finished(Episode& episode) {
  double value = 0;
  while (episode.pending()) EXPECT_TRUE(episode.answer(Reply(Stated{value += 0.1})));
  return {episode.events().begin(), episode.events().end()};
}

TEST(Episode, EventsComeInTheOrderOfTheProtocol) {
  auto episode = *started({{"x=1"}, {"P(y)"}});
  EXPECT_THAT(kinds(episode.events()), ElementsAre("episode_started", "data_drawn",
                                                   "observation_shown", "belief_requested"));
  EXPECT_THAT(kinds(*episode.answer(Reply(Stated{0.5}))),
              ElementsAre("belief_stated", "intervention_applied", "data_drawn",
                          "observation_shown", "belief_requested"));
  EXPECT_FALSE(episode.ended());
  EXPECT_THAT(kinds(*episode.answer(Reply(Refused{"no"}))),
              ElementsAre("belief_refused", "episode_ended"));
  EXPECT_TRUE(episode.ended());
  EXPECT_FALSE(episode.pending());
}

TEST(Episode, WithoutAPanelNoUnitIsDrawn) {
  auto episode = *started({{"x=1"}, {"P(y)"}}, "correlational");
  const auto events = finished(episode);
  EXPECT_THAT(kinds(events),
              ElementsAre("episode_started", "observation_shown", "belief_requested",
                          "belief_stated", "intervention_applied", "observation_shown",
                          "belief_requested", "belief_stated", "episode_ended"));
}

TEST(Episode, SequencePhaseAndRegimeAreThoseInForce) {
  auto episode = *started(default_protocol(confounded()));
  const auto events = finished(episode);
  const std::string regimes[] = {"", "set x=true",
                                 "set x=false; set z=true"};  // each alone replaces the one before
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].sequence, static_cast<std::int64_t>(i));
    EXPECT_EQ(events[i].regime, regimes[events[i].phase]);
  }
  EXPECT_EQ(events.back().phase, 2);
}

TEST(Episode, TheFirstEventTellsTheWholeProtocolInCanonicalText) {
  const auto episode = *started(default_protocol(confounded()));
  EXPECT_EQ(std::get<EpisodeStarted>(episode.events()[0].content),
            (EpisodeStarted{"confounded-v1",
                            "causal",
                            "tester",
                            3,
                            {"set x=true", "set x=false; set z=true"},
                            {"P(y)", "P(z)"}}));
}

TEST(Episode, ARequestHoldsEverythingShownSoFar) {
  auto episode = *started(default_protocol(confounded()));
  EXPECT_EQ(episode.pending()->query, "P(y)");
  EXPECT_EQ(episode.pending()->observations.size(), 1U);
  EXPECT_EQ(episode.pending()->regime, "");
  ASSERT_TRUE(episode.answer(Reply(Stated{0.5})));
  EXPECT_EQ(episode.pending()->query, "P(z)");
  ASSERT_TRUE(episode.answer(Reply(Stated{0.5})));
  EXPECT_EQ(episode.pending()->observations.size(), 2U);
  EXPECT_EQ(episode.pending()->observations[1].regime, "set x=true");
  EXPECT_EQ(episode.pending()->regime, "set x=true");
  EXPECT_EQ(episode.pending()->phase, 1);
}

TEST(Episode, RepliesOfEveryKindAreRecordedAsTheyAre) {
  auto episode = *started({{"x=1"}, {"P(y)", "P(z)"}});
  EXPECT_EQ((*episode.answer(Reply(Refused{"I would rather not"})))[0].content,
            EventContent(BeliefRefused{"P(y)", "I would rather not"}));
  EXPECT_EQ((*episode.answer(Reply(Unparseable{"about half", "it names no number"})))[0].content,
            EventContent(BeliefUnparseable{"P(z)", "about half", "it names no number"}));
  const Error error{ErrorCode::unavailable, "the model is gone", "", ""};
  EXPECT_EQ((*episode.answer(fail(error)))[0].content, EventContent(AgentError{"P(y)", error}));
  EXPECT_EQ((*episode.answer(Reply(Stated{1})))[0].content, EventContent(BeliefStated{"P(z)", 1}));
  for (const auto& event : episode.events().first(episode.events().size() - 2))
    EXPECT_FALSE(std::holds_alternative<BeliefStated>(event.content));  // nothing was invented
}

TEST(Episode, ANumberOutsideTheRangeIsUnparseableAndSaidExactly) {
  const double bad[] = {1.0000001, -0.25, std::numeric_limits<double>::infinity(), std::nan("")};
  const std::string texts[] = {"1.0000001", "-0.25", "inf", "nan"};
  for (std::size_t i = 0; i < std::size(bad); ++i) {
    auto episode = *started({{}, {"P(y)"}});
    EXPECT_EQ((*episode.answer(Reply(Stated{bad[i]})))[0].content,
              EventContent(BeliefUnparseable{"P(y)", texts[i], "outside [0, 1]"}));
  }
  auto effect = *started({{}, {"ATE(x -> y)"}});
  EXPECT_EQ((*effect.answer(Reply(Stated{-0.25})))[0].content,
            EventContent(BeliefStated{"ATE(x -> y)", -0.25}));
}

TEST(Episode, LongTextsAreCutAtACharacter) {
  EpisodeLimits limits;
  limits.reply_text_bytes = 5;
  auto episode = *started({{}, {"P(y)", "P(z)", "P(x)"}}, "causal", limits);
  EXPECT_EQ((*episode.answer(Reply(Refused{"12345"})))[0].content,
            EventContent(BeliefRefused{"P(y)", "12345"}));
  EXPECT_EQ((*episode.answer(Reply(Refused{"1234\xC3\xA9"})))[0].content,
            EventContent(BeliefRefused{"P(z)", "1234"}));
  const auto recorded = *episode.answer(
      fail(ErrorCode::unavailable, "a long message", "a long place", "a long hint"));
  EXPECT_EQ(std::get<AgentError>(recorded[0].content).error,
            (Error{ErrorCode::unavailable, "a lon", "a lon", "a lon"}));
}

TEST(Episode, AnsweringAfterTheEndIsAConflict) {
  auto episode = *started({{}, {"P(y)"}});
  finished(episode);
  const auto size = episode.events().size();
  EXPECT_EQ(episode.answer(Reply(Stated{0.5})).error().code, ErrorCode::conflict);
  EXPECT_EQ(episode.events().size(), size);
}

TEST(Episode, ABadProtocolIsRefusedBeforeAnythingHappens) {
  const auto error = [](const Protocol& protocol, const EpisodeLimits& limits = {}) {
    return started(protocol, "causal", limits).error();
  };
  EXPECT_EQ(error({{}, {}}).code, ErrorCode::invalid_argument);
  EXPECT_EQ(error({{}, {"P(y)", "P( y )"}}).where, "queries[1]");
  EXPECT_EQ(error({{"x=1", "set x=true"}, {"P(y)"}}).where, "interventions[1]");
  EXPECT_EQ(error({{""}, {"P(y)"}}).code, ErrorCode::invalid_argument);
  EXPECT_EQ(error({{"w=1"}, {"P(y)"}}).code, ErrorCode::unknown_name);
  EXPECT_EQ(error({{}, {"P(w)"}}).code, ErrorCode::unknown_name);
  EXPECT_EQ(error({{}, {"P(y=*)"}}).code, ErrorCode::invalid_argument);
  EpisodeLimits one;
  one.queries = one.interventions = 1;
  EXPECT_TRUE(started({{"x=1"}, {"P(y)"}}, "causal", one));
  EXPECT_EQ(error({{"x=1", "x=0"}, {"P(y)"}}, one).code, ErrorCode::limit_exceeded);
  EXPECT_EQ(error({{"x=1"}, {"P(y)", "P(z)"}}, one).code, ErrorCode::limit_exceeded);
}

TEST(Episode, UnitsDependOnSeedAndPhaseButNotOnTheAgentOrItsReplies) {
  const auto units = [](const std::string& agent, std::uint64_t seed, double belief) {
    auto episode = *Episode::start(confounded(), *find_interface("causal"),
                                   default_protocol(confounded()), agent, seed);
    while (episode.pending()) EXPECT_TRUE(episode.answer(Reply(Stated{belief})));
    std::vector<DataDrawn> drawn;
    for (const auto& event : episode.events())
      if (const auto* data = std::get_if<DataDrawn>(&event.content)) drawn.push_back(*data);
    return drawn;
  };
  EXPECT_EQ(units("a", 1, 0.2), units("b", 1, 0.9));
  int different = 0;
  for (std::uint64_t seed = 2; seed < 12; ++seed)
    different += units("a", seed, 0.2) != units("a", 1, 0.2) ? 1 : 0;
  EXPECT_GT(different, 5);
}

TEST(Episode, TheAgentsGeneratorIsKeyedBySeedAgentAndRequest) {
  auto one = *started(default_protocol(confounded()));
  auto two = *started(default_protocol(confounded()));
  auto other = *Episode::start(confounded(), *find_interface("causal"),
                               default_protocol(confounded()), "other", 3);
  EXPECT_EQ(one.agent_rng().next_bits(), two.agent_rng().next_bits());
  EXPECT_NE(one.agent_rng().next_bits(), other.agent_rng().next_bits());
  const auto first = one.agent_rng().next_bits();
  ASSERT_TRUE(one.answer(Reply(Stated{0.5})));
  EXPECT_NE(one.agent_rng().next_bits(), first);
}

TEST(Restore, ContinuesFromEveryCutAfterRepliesOfEveryKind) {
  const std::vector<Result<Reply>> replies = {Reply(Stated{0.25}),
                                              Reply(Refused{"no"}),
                                              Reply(Unparseable{"?", "it names no number"}),
                                              fail(ErrorCode::unavailable, "gone", "there", "wait"),
                                              Reply(Stated{7}),
                                              Reply(Stated{1})};
  const auto play = [&](Episode& episode) {
    const auto replied = [&] {
      std::size_t count = 0;
      for (const auto& event : episode.events())
        count += event.content.index() >= 3 && event.content.index() <= 5 ? 1 : 0;
      for (const auto& event : episode.events())
        count += std::holds_alternative<AgentError>(event.content) ? 1 : 0;
      return count;
    };
    while (episode.pending()) EXPECT_TRUE(episode.answer(replies[replied()]));
  };
  auto whole = *started(default_protocol(confounded()));
  play(whole);
  for (std::size_t cut = 0; cut <= whole.events().size(); ++cut) {
    SCOPED_TRACE(cut);
    auto restored =
        Episode::restore(confounded(), *find_interface("causal"), default_protocol(confounded()),
                         "tester", 3, whole.events().first(cut));
    ASSERT_TRUE(restored) << error_text(restored.error());
    play(*restored);
    EXPECT_EQ(log_text(restored->events()), log_text(whole.events()));
    EXPECT_TRUE(std::equal(whole.events().begin(), whole.events().end(), restored->events().begin(),
                           restored->events().end()));
  }
}

TEST(Restore, RefusesALogThatIsNotOfThisEpisodeAndNamesTheEvent) {
  auto whole = *started(default_protocol(confounded()));
  const auto log = finished(whole);
  const auto refusal = [&](std::vector<EpisodeEvent> recorded, std::uint64_t seed = 3) {
    const auto restored =
        Episode::restore(confounded(), *find_interface("causal"), default_protocol(confounded()),
                         "tester", seed, recorded);
    return restored ? Error{} : restored.error();
  };
  EXPECT_EQ(refusal(log, 4).code, ErrorCode::conflict);
  for (std::size_t i = 0; i < log.size(); ++i) {
    auto changed = log;
    changed[i].sequence += 1;
    EXPECT_EQ(refusal(changed).code, ErrorCode::conflict);
    EXPECT_THAT(refusal(changed).message, HasSubstr("event " + std::to_string(i)));
    auto lost = log;
    lost.erase(lost.begin() + static_cast<std::ptrdiff_t>(i));
    if (i + 1 == log.size()) continue;  // a log that just breaks off
    EXPECT_EQ(refusal(lost).code, ErrorCode::conflict) << i;
  }
  auto longer = log;
  longer.push_back(log.back());
  EXPECT_EQ(refusal(longer).code, ErrorCode::conflict);
  auto invented = log;
  for (auto& event : invented)
    if (auto* stated = std::get_if<BeliefStated>(&event.content)) stated->value = 1.5;
  EXPECT_EQ(refusal(invented).code, ErrorCode::conflict);
}

TEST(EventText, ShowsEveryKindOnItsLine) {
  const auto text = [](EventContent content) {
    return event_text({4, 1, "set x=true", std::move(content)});
  };
  EXPECT_EQ(text(BeliefStated{"P(y)", 0.1}), "4 phase 1 [set x=true] belief_stated P(y) = 0.1\n");
  EXPECT_EQ(text(BeliefRefused{"P(y)", "no"}), "4 phase 1 [set x=true] belief_refused P(y): no\n");
  EXPECT_EQ(text(BeliefUnparseable{"P(y)", "?", "it names no number"}),
            "4 phase 1 [set x=true] belief_unparseable P(y) (it names no number): ?\n");
  EXPECT_EQ(text(BeliefUnparseable{"P(y)", "?", ""}),
            "4 phase 1 [set x=true] belief_unparseable P(y): ?\n");
  EXPECT_EQ(text(AgentError{"P(y)", {ErrorCode::unavailable, "gone", "", ""}}),
            "4 phase 1 [set x=true] agent_error P(y): unavailable: gone\n");
  EXPECT_EQ(text(ActionTaken{"press"}), "4 phase 1 [set x=true] action_taken press\n");
  EXPECT_EQ(event_text({0, 0, "", EpisodeEnded{}}), "0 phase 0 episode_ended\n");
  EXPECT_EQ(event_kind_names().size(), std::variant_size_v<EventContent>);
}

}  // namespace
}  // namespace causal_gym

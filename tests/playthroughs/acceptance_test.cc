// What must hold in every environment: the fixed points of the scale, replay, and that nothing is
// invented.
#include <gtest/gtest.h>

#include <algorithm>

#include "gym/agent/built_in.h"
#include "gym/environments/registry.h"
#include "gym/score/episode_scores.h"
#include "tests/playthroughs/played_episode.h"

namespace causal_gym {
namespace {

EpisodeScores scores_of(const Environment& environment, const std::vector<EpisodeEvent>& events) {
  const auto scores = score_episode(environment, events);
  EXPECT_TRUE(scores) << error_text(scores.error());
  return *scores;
}

// Answers with a function of the truth before any intervention, p, and under the regime, t.
Answerer mover(const Environment& environment, double (*move)(double p, double t)) {
  return [&environment, move](const BeliefRequest& request, Rng&) -> Result<Reply> {
    const auto query = *parse_query(request.query);
    const double p = *truth_of(environment.model, {}, query);
    const double t =
        *truth_of(environment.model, *parse_regime(request.regime, environment.model), query);
    return Stated{std::clamp(move(p, t), request.range.low, request.range.high)};
  };
}

TEST(EveryEnvironment, IdealIsExact) {
  for (const auto& environment : all_environments()) {
    SCOPED_TRACE(environment.id);
    const auto scores = scores_of(environment, played(environment, "ideal"));
    EXPECT_NEAR(*scores.find("causal_score"), 1, 1e-12);
    EXPECT_NEAR(*scores.find("seeing_doing_index"), 1, 1e-12);
    EXPECT_EQ(*scores.find("direction_accuracy"), 1);
    EXPECT_NEAR(*scores.find("brier_regret"), 0, 1e-20);
    EXPECT_EQ(scores.counts.stated, scores.counts.requested);
  }
}

TEST(EveryEnvironment, SeeingAnswersSeeingWhereverItDiffers) {
  for (const auto& environment : all_environments()) {
    SCOPED_TRACE(environment.id);
    const auto scores = scores_of(environment, played(environment, "seeing"));
    EXPECT_NEAR(*scores.find("seeing_doing_index"), -1, 1e-12);
    EXPECT_LT(*scores.find("causal_score"), 1);
  }
}

TEST(EveryEnvironment, MovingTheWrongWayScoresBelowStayingPutAndStayingPutBelowIdeal) {
  for (const auto& environment : all_environments()) {
    SCOPED_TRACE(environment.id);
    const auto score = [&](double (*move)(double, double)) {
      return *scores_of(environment, played(environment, "mover", mover(environment, move)))
                  .find("causal_score");
    };
    const double wrong = score([](double p, double t) { return p - 0.5 * (t - p); });
    const double put = score([](double p, double) { return p; });
    const double halfway = score([](double p, double t) { return p + 0.5 * (t - p); });
    EXPECT_LT(wrong, put - 1e-6);
    EXPECT_LT(put, halfway - 1e-6);
    EXPECT_LT(halfway, 1);
  }
}

TEST(EveryEnvironment, SameSeedSameBytesForEveryAgentAndInterface) {
  for (const auto& environment : all_environments())
    for (const auto& agent : built_in_agents())
      for (const auto* preset : {"causal", "correlational"}) {
        const auto text = agent.parameter.empty() ? agent.name : agent.name + "(0.2)";
        SCOPED_TRACE(environment.id + " " + text + " " + preset);
        const auto once = log_text(played(environment, text, 7, preset));
        EXPECT_EQ(once, log_text(played(environment, text, 7, preset)));
        EXPECT_NE(once, log_text(played(environment, text, 8, preset)));
      }
}

TEST(EveryEnvironment, BuiltInAgentsStateABeliefInRangeOrRefuseWithAReason) {
  for (const auto& environment : all_environments())
    for (const auto& agent : built_in_agents()) {
      const auto text = agent.parameter.empty() ? agent.name : agent.name + "(0.2)";
      SCOPED_TRACE(environment.id + " " + text);
      const auto events = played(environment, text);
      const auto scores = scores_of(environment, events);
      EXPECT_EQ(scores.counts.unparseable, 0);
      EXPECT_EQ(scores.counts.agent_errors, 0);
      EXPECT_GT(scores.counts.stated, 0);
      for (const auto& event : events)
        if (const auto* refused = std::get_if<BeliefRefused>(&event.content)) {
          EXPECT_NE(refused->reason, "");
        }
    }
}

TEST(EveryEnvironment, AnInterruptedEpisodeGoesOnToTheSameBytesFromEveryCut) {
  for (const auto& environment : all_environments()) {
    SCOPED_TRACE(environment.id);
    const std::string agent = "noisy_ideal(0.3)";
    const auto answer = built_in(environment, agent);
    const auto whole = played(environment, agent, answer, 5);
    for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
      auto episode =
          Episode::restore(environment, *find_interface("causal"), default_protocol(environment),
                           agent, 5, std::span(whole).first(cut));
      ASSERT_TRUE(episode) << cut << ": " << error_text(episode.error());
      ASSERT_GE(episode->events().size(), cut);
      play_on(*episode, answer);
      ASSERT_TRUE(std::equal(whole.begin(), whole.end(), episode->events().begin(),
                             episode->events().end()))
          << cut;
    }
  }
}

TEST(EveryEnvironment, UnitsShownObeyTheRegimeAndHideLatentVariables) {
  for (const auto& environment : all_environments()) {
    SCOPED_TRACE(environment.id);
    const auto& model = environment.model;
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
      for (const auto& event : played(environment, "ideal", seed)) {
        const auto* drawn = std::get_if<DataDrawn>(&event.content);
        if (drawn == nullptr) continue;
        EXPECT_EQ(drawn->values.size(), model.graph().observed_nodes().size());
        const auto regime = *parse_regime(event.regime, model);
        for (const auto& value : drawn->values) {
          const auto v = *model.require(value.variable);
          EXPECT_FALSE(model.graph().is_latent(v));
          for (const auto& intervention : regime) {
            const auto* set = std::get_if<SetIntervention>(&intervention);
            if (set == nullptr || set->variable != v) continue;
            EXPECT_EQ(value.state, model.variable(v).states[static_cast<std::size_t>(set->state)]);
          }
        }
      }
  }
}

}  // namespace
}  // namespace causal_gym

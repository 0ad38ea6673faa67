// Scores against numbers worked out by hand and against a second, naive computation on random
// beliefs.
#include <gtest/gtest.h>

#include <cmath>

#include "engine/base/rng.h"
#include "gym/environment/seeing.h"
#include "gym/score/brier_regret.h"
#include "gym/score/causal_score.h"
#include "gym/score/direction_accuracy.h"
#include "gym/score/episode_scores.h"
#include "gym/score/seeing_doing_index.h"

namespace causal_gym {
namespace {

// A stated causal belief about a probability.
BeliefMeasurement stated(double belief, double truth, std::optional<double> seeing = {},
                         std::optional<double> before = {}) {
  BeliefMeasurement measurement;
  measurement.belief = belief;
  measurement.truth = truth;
  measurement.seeing = seeing;
  measurement.before = before;
  measurement.causal = true;
  measurement.discriminating = seeing && discriminates_doing(truth, *seeing, {0, 1});
  return measurement;
}

BeliefMeasurement silent(BeliefOutcome outcome) {
  BeliefMeasurement measurement = stated(0, 0.5, 0.1, 0.3);
  measurement.outcome = outcome;
  measurement.belief.reset();
  return measurement;
}

using Beliefs = std::vector<BeliefMeasurement>;

TEST(CausalScore, IsOneMinusTheMeanMissInUnitsOfTheLargestPossible) {
  EXPECT_DOUBLE_EQ(*causal_score(Beliefs{stated(0.7, 0.7)}), 1);
  EXPECT_DOUBLE_EQ(*causal_score(Beliefs{stated(0, 0.8)}), 0);  // the largest miss possible
  EXPECT_DOUBLE_EQ(*causal_score(Beliefs{stated(1, 0.8)}), 1 - 0.2 / 0.8);
  EXPECT_DOUBLE_EQ(*causal_score(Beliefs{stated(1, 0.2)}), 0);
  EXPECT_DOUBLE_EQ(*causal_score(Beliefs{stated(0.5, 0.8), stated(0.5, 0.4)}),
                   1 - (0.3 / 0.8 + 0.1 / 0.6) / 2);
}

TEST(CausalScore, IsUnscoredWithoutStatedCausalBeliefs) {
  EXPECT_FALSE(causal_score(Beliefs{}));
  EXPECT_FALSE(
      causal_score(Beliefs{silent(BeliefOutcome::refused), silent(BeliefOutcome::agent_error)}));
  auto observational = stated(0.1, 0.9);
  observational.causal = false;
  EXPECT_FALSE(causal_score(Beliefs{observational}));
  EXPECT_DOUBLE_EQ(
      *causal_score(Beliefs{observational, silent(BeliefOutcome::unparseable), stated(0.9, 0.9)}),
      1);
}

TEST(CausalScore, ScalesByTheRange) {
  auto effect = stated(-1, 0.5);
  effect.range = {-1, 1};
  EXPECT_DOUBLE_EQ(*causal_score(Beliefs{effect}), 0);
  effect.belief = 0.2;
  EXPECT_DOUBLE_EQ(*causal_score(Beliefs{effect}), 1 - 0.3 / 1.5);
}

TEST(SeeingDoingIndex, IsPlusOneAtDoingMinusOneAtSeeingZeroBetween) {
  EXPECT_DOUBLE_EQ(*seeing_doing_index(Beliefs{stated(0.7, 0.7, 0.4)}), 1);
  EXPECT_DOUBLE_EQ(*seeing_doing_index(Beliefs{stated(0.4, 0.7, 0.4)}), -1);
  EXPECT_NEAR(*seeing_doing_index(Beliefs{stated(0.55, 0.7, 0.4)}), 0, 1e-12);
  EXPECT_NEAR(*seeing_doing_index(Beliefs{stated(0.65, 0.7, 0.4)}), 2.0 / 3, 1e-12);
}

TEST(SeeingDoingIndex, BeyondEitherEndItStaysThere) {
  EXPECT_DOUBLE_EQ(*seeing_doing_index(Beliefs{stated(1, 0.7, 0.4)}), 1);
  EXPECT_DOUBLE_EQ(*seeing_doing_index(Beliefs{stated(0, 0.7, 0.4)}), -1);
}

TEST(SeeingDoingIndex, CountsDiscriminatingBeliefsOnly) {
  EXPECT_FALSE(seeing_doing_index(Beliefs{stated(0.4, 0.44, 0.4)}));
  EXPECT_TRUE(seeing_doing_index(Beliefs{stated(0.4, 0.45, 0.4)}));  // |t - s| = 0.05 exactly
  EXPECT_FALSE(seeing_doing_index(Beliefs{stated(0.4, 0.9)}));
  EXPECT_FALSE(seeing_doing_index(Beliefs{silent(BeliefOutcome::refused)}));
}

TEST(DirectionAccuracy, IsTheShareThatMovedTheRightWay) {
  EXPECT_EQ(*direction_accuracy(Beliefs{stated(0.6, 0.7, {}, 0.5)}), 1);
  EXPECT_EQ(*direction_accuracy(Beliefs{stated(0.4, 0.7, {}, 0.5)}), 0);
  EXPECT_EQ(*direction_accuracy(Beliefs{stated(0.5, 0.7, {}, 0.5)}),
            0);  // staying put while the truth moves
  EXPECT_EQ(*direction_accuracy(Beliefs{stated(0.99, 0.3, {}, 0.5), stated(0.1, 0.3, {}, 0.5)}),
            0.5);
}

TEST(DirectionAccuracy, InTheDeadZoneStayingPutIsRight) {
  EXPECT_EQ(*direction_accuracy(Beliefs{stated(0.5, 0.52, {}, 0.5)}), 1);  // |t - p| = 0.02
  EXPECT_EQ(*direction_accuracy(Beliefs{stated(0.52, 0.5, {}, 0.5)}), 1);  // |b - p| = 0.02
  EXPECT_EQ(*direction_accuracy(Beliefs{stated(0.53, 0.51, {}, 0.5)}),
            0);  // moved with the truth, but too far
  EXPECT_EQ(*direction_accuracy(Beliefs{stated(0.5, 0.521, {}, 0.5)}), 0);
  EXPECT_FALSE(direction_accuracy(Beliefs{stated(0.5, 0.7)}));  // nothing before
  EXPECT_FALSE(direction_accuracy(Beliefs{silent(BeliefOutcome::unparseable)}));
}

TEST(BrierRegret, IsTheMeanSquaredMissOverAllStatedBeliefs) {
  auto observational = stated(0.1, 0.4);
  observational.causal = false;
  EXPECT_NEAR(*brier_regret(Beliefs{observational, stated(0.5, 0.6)}), (0.09 + 0.01) / 2, 1e-12);
  auto effect = stated(-0.5, 0.5);
  effect.range = {-1, 1};
  EXPECT_NEAR(*brier_regret(Beliefs{effect}), 0.25, 1e-12);
  EXPECT_FALSE(brier_regret(Beliefs{silent(BeliefOutcome::refused)}));
}

TEST(BrierRegret, IsProperAnExpectedScoreIsBestAtTheTruth) {
  // Y is 1 with probability t; the quadratic score of b in expectation exceeds that of t by (b -
  // t)^2.
  for (double t = 0; t <= 1; t += 0.125)
    for (double b = 0; b <= 1; b += 0.125) {
      const auto expected = [&](double x) { return t * (1 - x) * (1 - x) + (1 - t) * x * x; };
      EXPECT_NEAR(expected(b) - expected(t), *brier_regret(Beliefs{stated(b, t)}), 1e-12);
    }
}

// The formulas of the contract once more, as literally as can be.
struct Naive {
  double causal = 0, index = 0, direction = 0, brier = 0;
  int causal_n = 0, index_n = 0, direction_n = 0, brier_n = 0;

  void add(const BeliefMeasurement& m) {
    if (!m.belief) return;
    const double b = *m.belief, t = m.truth;
    brier += std::pow(b - t, 2);
    ++brier_n;
    if (!m.causal) return;
    causal += std::fabs(b - t) / (t > 1 - t ? t : 1 - t);
    ++causal_n;
    if (m.seeing && std::fabs(t - *m.seeing) >= 0.05) {
      const double raw = (std::fabs(b - *m.seeing) - std::fabs(b - t)) / std::fabs(t - *m.seeing);
      index += raw > 1 ? 1 : raw < -1 ? -1 : raw;
      ++index_n;
    }
    if (m.before) {
      const double p = *m.before;
      const bool right = std::fabs(t - p) <= 0.02 ? std::fabs(b - p) <= 0.02
                                                  : (b > p) - (b < p) == (t > p) - (t < p);
      direction += right ? 1 : 0;
      ++direction_n;
    }
  }
};

TEST(Scores, AgreeWithANaiveComputationOnRandomBeliefs) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed, 1);
    Beliefs beliefs;
    Naive naive;
    const auto count = rng.below(12);
    for (std::uint64_t i = 0; i < count; ++i) {
      auto one = stated(rng.uniform(), rng.uniform(),
                        rng.below(4) ? std::optional(rng.uniform()) : std::nullopt,
                        rng.below(4) ? std::optional(rng.uniform()) : std::nullopt);
      if (rng.below(5) == 0) one = silent(BeliefOutcome::refused);
      if (rng.below(4) == 0) one.causal = one.discriminating = false;
      naive.add(one);
      beliefs.push_back(one);
    }
    const auto agrees = [](std::optional<double> score, double sum, int n, bool one_minus) {
      ASSERT_EQ(score.has_value(), n > 0);
      if (n == 0) return;
      EXPECT_NEAR(*score, one_minus ? 1 - sum / n : sum / n, 1e-12);
    };
    agrees(causal_score(beliefs), naive.causal, naive.causal_n, true);
    agrees(seeing_doing_index(beliefs), naive.index, naive.index_n, false);
    agrees(direction_accuracy(beliefs), naive.direction, naive.direction_n, false);
    agrees(brier_regret(beliefs), naive.brier, naive.brier_n, false);
  }
}

TEST(ScoreBeliefs, CountsEachOutcomeAndNamesEachScore) {
  const Beliefs beliefs = {stated(0.5, 0.5),
                           silent(BeliefOutcome::refused),
                           silent(BeliefOutcome::refused),
                           silent(BeliefOutcome::unparseable),
                           silent(BeliefOutcome::agent_error),
                           silent(BeliefOutcome::not_reached),
                           silent(BeliefOutcome::not_reached)};
  const auto scores = score_beliefs(beliefs);
  EXPECT_EQ(scores.counts, (BeliefCounts{7, 1, 2, 1, 1, 2}));
  ASSERT_EQ(scores.scores.size(), all_scores().size());
  for (std::size_t i = 0; i < scores.scores.size(); ++i)
    EXPECT_EQ(scores.scores[i].name, all_scores()[i].name);
  EXPECT_EQ(*scores.find("causal_score"), 1);
  EXPECT_FALSE(scores.find("no_such_score"));
}

}  // namespace
}  // namespace causal_gym

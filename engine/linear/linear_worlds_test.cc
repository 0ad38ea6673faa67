// Linear models under interventions, evidence and counterfactuals: published numbers, and second
// roads by matrix inverses, by surgery and by a twin network with explicit noises.
#include "engine/linear/linear_worlds.h"

#include <gtest/gtest.h>

#include <limits>

#include "engine/linear/dense_algebra.h"
#include "engine/linear/implied_moments.h"
#include "engine/linear/linear_regime.h"
#include "engine/linear/test_models.h"

namespace causal_gym {
namespace {

using test::graph_of;
using test::model_of;

// Pearl, Glymour & Jewell 2016, Causal Inference in Statistics: A Primer, section 4.2.3:
// encouragement x, homework h = 0.5 x + u, exam y = 0.7 x + 0.4 h + v.
LinearModel homework() { return model_of("x -> h; x -> y; h -> y", {0.5, 0.7, 0.4}); }

TEST(LinearWorlds, TheStudentWhoDoublesHisHomeworkScoresOnePointNine) {
  const NodeId x = 0;
  const NodeId h = 1;
  const NodeId y = 2;
  const auto answer =
      linear_expectation(homework(), {y, {{h, 2}}}, {{{x, {}}, 0.5}, {{h, {}}, 1}, {{y, {}}, 1.5}});
  ASSERT_TRUE(answer) << error_text(answer.error());
  EXPECT_NEAR(answer->mean, 1.9, 1e-12);
  EXPECT_NEAR(answer->variance, 0, 1e-12);
}

// Schur complements by an inverse, in one stroke.
TEST(LinearWorlds, ConditioningAgreesWithTheSchurComplement) {
  Rng rng(6, stream_of("worlds"));
  for (int trial = 0; trial < 100; ++trial) {
    const auto graph = random_admg(6, 0.4, 0.3, rng);
    const auto model = test::random_linear_model(graph, rng);
    const auto covariance = implied_covariance(model);
    const auto means = implied_means(model);
    std::vector<LinearEvidence> evidence;
    for (NodeId v = 0; v < 4; ++v) evidence.push_back({{v, {}}, rng.normal()});
    Eigen::Matrix4d known;
    Eigen::Vector4d across;
    Eigen::Vector4d surprise;
    for (NodeId a = 0; a < 4; ++a) {
      for (NodeId b = 0; b < 4; ++b) known(a, b) = covariance(a, b);
      across(a) = covariance(a, 5);
      const auto i = static_cast<std::size_t>(a);
      surprise(a) = evidence[i].value - means[i];
    }
    const Eigen::Vector4d slope = known.inverse() * across;
    const auto answer = linear_expectation(model, {5, {}}, evidence).value();
    EXPECT_NEAR(answer.mean, means[5] + slope.dot(surprise), 1e-8);
    EXPECT_NEAR(answer.variance, covariance(5, 5) - slope.dot(across), 1e-8);
  }
}

TEST(LinearWorlds, TermsOfOneWorldAreTheModelUnderItsRegime) {
  Rng rng(7, stream_of("worlds"));
  for (int trial = 0; trial < 50; ++trial) {
    const auto graph = random_admg(5, 0.5, 0.3, rng);
    const auto model = test::random_linear_model(graph, rng);
    const std::vector<SetValue> world{{1, rng.normal()}, {3, rng.normal()}};
    const auto cut = intervene(model, {world[0], world[1]}).value();
    const double value = rng.normal();
    const auto here =
        linear_distribution(model, {{0, world}, {3, world}, {4, world}}, {{{2, world}, value}});
    const auto there = linear_distribution(cut, {{0, {}}, {3, {}}, {4, {}}}, {{{2, {}}, value}});
    ASSERT_TRUE(here && there);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(here->mean[i], there->mean[i], 1e-9);
    test::expect_near(here->covariance, there->covariance, 1e-9);
    // And the mean moves by the total effect of each set variable on its own.
    const auto without = linear_expectation(cut, {4, {}}, {}).value().mean;
    const auto moved = intervene(model, {SetValue{1, world[0].value + 1}, world[1]}).value();
    const auto other_fixed = intervene(model, {world[1]}).value();
    EXPECT_NEAR(linear_expectation(moved, {4, {}}, {})->mean - without,
                total_effects(other_fixed)(1, 4), 1e-9);
  }
}

// In a linear model E[Y_x | e] = E[Y | e] + total effect * (x - E[X | e]) (Pearl 2009, page 389).
TEST(LinearWorlds, CounterfactualMeansFollowFromTotalEffects) {
  Rng rng(8, stream_of("worlds"));
  for (int trial = 0; trial < 100; ++trial) {
    const auto graph = random_admg(5, 0.5, 0.3, rng);
    const auto model = test::random_linear_model(graph, rng);
    const std::vector<LinearEvidence> evidence{{{0, {}}, rng.normal()}, {{4, {}}, rng.normal()}};
    const double value = rng.normal();
    const auto effects = total_effects(model);
    for (NodeId y = 0; y < 5; ++y) {
      const double direct = linear_expectation(model, {y, {{2, value}}}, evidence)->mean;
      const double seen = linear_expectation(model, {y, {}}, evidence)->mean;
      const double x_seen = linear_expectation(model, {2, {}}, evidence)->mean;
      EXPECT_NEAR(direct, seen + effects(2, y) * (value - x_seen), 1e-9);
    }
  }
}

// The twin of a model: its noises as variables, then each variable and its double, which are
// determined. Variable v of the world is n + v, of the other world 2 n + v.
LinearModel twin_of(const LinearModel& model, NodeId set, double value) {
  const auto n = static_cast<NodeId>(model.variable_count());
  std::vector<Node> nodes;
  std::vector<Edge> edges;
  std::vector<Edge> arcs;
  std::vector<LinearMechanism> mechanisms;
  for (NodeId v = 0; v < n; ++v) {
    nodes.emplace_back().name = "u" + std::to_string(v);
    mechanisms.push_back({{}, {}, 0, model.mechanism(v).sd});
  }
  for (const NodeId first : {n, 2 * n})
    for (NodeId v = 0; v < n; ++v) {
      nodes.emplace_back().name = "v" + std::to_string(first + v);
      if (first == 2 * n && v == set) {
        mechanisms.push_back({{}, {}, value, 0});
        continue;
      }
      auto mechanism = model.mechanism(v);
      for (auto& p : mechanism.given) p += first;
      mechanism.given.push_back(v);
      mechanism.coefficients.push_back(1);
      mechanism.sd = 0;
      for (const NodeId p : mechanism.given) edges.push_back({p, first + v});
      mechanisms.push_back(mechanism);
    }
  std::vector<NoiseCovariance> covariances(model.noise_covariances().begin(),
                                           model.noise_covariances().end());
  for (const auto& [a, b, ignored] : covariances) arcs.push_back({a, b});
  auto graph = Graph::create(std::move(nodes), std::move(edges), std::move(arcs)).value();
  return LinearModel::create("twin", std::move(graph), mechanisms, covariances).value();
}

TEST(LinearWorlds, CounterfactualsAgreeWithATwinNetwork) {
  Rng rng(9, stream_of("worlds"));
  for (int trial = 0; trial < 100; ++trial) {
    const auto graph = random_admg(4, 0.5, 0.3, rng);
    const auto model = test::random_linear_model(graph, rng);
    const auto set = static_cast<NodeId>(rng.below(4));
    const double value = rng.normal();
    const auto twin = twin_of(model, set, value);
    const auto e = static_cast<NodeId>(rng.below(4));
    const auto f = static_cast<NodeId>((e + 1 + static_cast<NodeId>(rng.below(3))) % 4);
    const double seen = rng.normal();
    const double also = rng.normal();
    for (NodeId y = 0; y < 4; ++y) {
      const auto here =
          linear_expectation(model, {y, {{set, value}}}, {{{e, {}}, seen}, {{f, {}}, also}});
      const auto there =
          linear_expectation(twin, {8 + y, {}}, {{{4 + e, {}}, seen}, {{4 + f, {}}, also}});
      ASSERT_TRUE(here && there);
      EXPECT_NEAR(here->mean, there->mean, 1e-8);
      EXPECT_NEAR(here->variance, there->variance, 1e-8);
    }
  }
}

TEST(LinearWorlds, EvidenceThatContradictsItselfHasProbabilityZero) {
  const auto model = homework();
  const auto twice = linear_expectation(model, {2, {}}, {{{0, {}}, 1}, {{0, {}}, 2}});
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code, ErrorCode::zero_probability);
  EXPECT_EQ(twice.error().message,
            "the evidence on 'x' has probability zero: it can only be 1.000000 there");
  EXPECT_TRUE(linear_expectation(model, {2, {}}, {{{0, {}}, 1}, {{0, {}}, 1}}));
  const auto against_do = linear_expectation(model, {2, {{0, 1}}}, {{{0, {{0, 1}}}, 3}});
  EXPECT_EQ(against_do.error().code, ErrorCode::zero_probability);
  // In the factual world x is free, and its value says nothing of Y[x=1].
  EXPECT_NEAR(linear_expectation(model, {2, {{0, 1}}}, {{{0, {}}, 3}})->mean, 0.9, 1e-12);
}

TEST(LinearWorlds, ErrorsNameTheVariable) {
  const double infinite = std::numeric_limits<double>::infinity();
  const auto model = homework();
  EXPECT_EQ(linear_expectation(model, {2, {{1, 0}, {1, 1}}}, {}).error().message,
            "'h' is set twice in one world");
  EXPECT_EQ(linear_expectation(model, {2, {{1, infinite}}}, {}).error().message,
            "'h' is set to a number that is not finite");
  EXPECT_EQ(linear_expectation(model, {2, {}}, {{{1, {}}, infinite}}).error().message,
            "the evidence on 'h' is not finite");
  EXPECT_EQ(linear_expectation(model, {3, {}}, {}).error().code, ErrorCode::invalid_argument);
  Limits limits;
  limits.query_terms = 1;
  EXPECT_TRUE(linear_expectation(model, {2, {}}, {}, limits));
  EXPECT_EQ(linear_expectation(model, {2, {}}, {{{0, {}}, 1}}, limits).error().code,
            ErrorCode::limit_exceeded);
}

TEST(LinearRegime, EachKindDoesWhatItSays) {
  const auto model =
      LinearModel::create("model", graph_of("z -> x -> y; x <-> y"),
                          {{{}, {}, 1, 1}, {{0}, {2}, 3, 1}, {{1}, {0.5}, 0, 1}}, {{1, 2, 0.5}})
          .value();
  const auto means = [&](const LinearRegime& regime) {
    return implied_means(intervene(model, regime).value());
  };
  const auto variance = [&](const LinearRegime& regime) {
    return implied_covariance(intervene(model, regime).value())(1, 1);
  };
  EXPECT_EQ(intervene(model, {}).value(), model);
  EXPECT_EQ(means({SetValue{1, 10}}), (std::vector<double>{1, 10, 5}));
  EXPECT_EQ(variance({SetValue{1, 10}}), 0);
  EXPECT_EQ(means({ShiftValue{1, 1}}), (std::vector<double>{1, 6, 3}));
  EXPECT_EQ(variance({ShiftValue{1, 1}}), 5);
  EXPECT_EQ(means({RandomizeValue{1, -2, 3}}), (std::vector<double>{1, -2, -1}));
  EXPECT_DOUBLE_EQ(variance({RandomizeValue{1, -2, 3}}), 9);
  EXPECT_EQ(means({DisconnectValue{1}}), implied_means(model));
  EXPECT_DOUBLE_EQ(variance({DisconnectValue{1}}), 5);
  const auto disconnected = intervene(model, {DisconnectValue{1}}).value();
  EXPECT_TRUE(disconnected.graph().bidirected_edges().empty());
  EXPECT_EQ(implied_covariance(disconnected)(0, 1), 0);
}

TEST(LinearRegime, ErrorsNameTheVariableAndThePlace) {
  const auto model = homework();
  const auto twice = intervene(model, {SetValue{1, 0}, ShiftValue{1, 1}});
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().message, "two interventions on 'h'");
  EXPECT_EQ(twice.error().where, "regime[1]");
  EXPECT_EQ(intervene(model, {SetValue{9, 0}}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(intervene(model, {RandomizeValue{1, 0, -1}}).error().message,
            "the sd of 'h' is less than 0");
  EXPECT_EQ(intervene(model, {SetValue{1, std::nan("")}}).error().message,
            "the intervention on 'h' has a number that is not finite");
}

}  // namespace
}  // namespace causal_gym

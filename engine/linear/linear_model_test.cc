// Linear models: what create refuses and how it says so; means, effects and covariances by matrices
// and by paths.
#include "engine/linear/linear_model.h"

#include <gtest/gtest.h>

#include <limits>

#include "engine/linear/covariance_check.h"
#include "engine/linear/implied_moments.h"
#include "engine/linear/test_models.h"
#include "engine/linear/wright.h"

namespace causal_gym {
namespace {

using test::graph_of;
using test::model_of;

const char* const confounded = "x -> y; x <-> y";

Error error_of(std::vector<LinearMechanism> mechanisms, std::vector<NoiseCovariance> covariances) {
  const auto model =
      LinearModel::create("model", graph_of(confounded), std::move(mechanisms), covariances);
  return model ? Error{} : model.error();
}

TEST(LinearModel, KeepsWhatItIsGiven) {
  const auto model = LinearModel::create("model", graph_of(confounded),
                                         {{{}, {}, 1, 2}, {{0}, {3}, 4, 5}}, {{1, 0, -0.5}})
                         .value();
  EXPECT_EQ(model.name(), "model");
  EXPECT_EQ(model.variable_count(), 2U);
  EXPECT_EQ(model.coefficients()(0, 1), 3);
  EXPECT_EQ(model.coefficients()(1, 0), 0);
  EXPECT_EQ(model.noise()(0, 0), 4);
  EXPECT_EQ(model.noise()(0, 1), -0.5);
  EXPECT_EQ(model.noise()(1, 1), 25);
  EXPECT_EQ(model.mechanism(1).intercept, 4);
  EXPECT_EQ(model, LinearModel(model));
  EXPECT_NE(model, LinearModel());
}

TEST(LinearModel, ErrorsNameTheVariableAndThePlace) {
  const double infinite = std::numeric_limits<double>::infinity();
  const LinearMechanism x{{}, {}, 0, 1};
  const LinearMechanism y{{0}, {0.5}, 0, 1};
  const std::vector<NoiseCovariance> half{{0, 1, 0.5}};
  EXPECT_EQ(error_of({x}, half).message, "1 mechanisms for 2 variables: none for 'y'");
  EXPECT_EQ(error_of({x, x}, half).message, "the mechanism of 'y' lacks its parent 'x'");
  EXPECT_EQ(error_of({x, x}, half).where, "mechanisms.y.given");
  EXPECT_EQ(error_of({{{1}, {1}}, y}, half).message,
            "the mechanism of 'x' is given 'y', which is not a parent in the graph");
  EXPECT_EQ(error_of({x, {{0, 0}, {1, 1}}}, half).message,
            "the mechanism of 'y' is given 'x' twice");
  EXPECT_EQ(error_of({x, {{7}, {1}}}, half).message,
            "the mechanism of 'y' is given a variable out of range");
  EXPECT_EQ(error_of({x, {{0}, {1, 2}}}, half).message,
            "the mechanism of 'y' has 2 coefficients for 1 parents");
  EXPECT_EQ(error_of({x, {{0}, {infinite}}}, half).where, "mechanisms.y.linear.coefficients.x");
  EXPECT_EQ(error_of({{{}, {}, infinite, 1}, y}, half).where, "mechanisms.x.linear.intercept");
  EXPECT_EQ(error_of({{{}, {}, 0, -1}, y}, half).message,
            "the sd of 'x' is not a finite number of at least 0");
  EXPECT_EQ(error_of({{{}, {}, 0, -1}, y}, half).where, "mechanisms.x.linear.sd");
  EXPECT_EQ(error_of({x, y}, {}).message,
            "no noise covariance for the bidirected edge between 'x' and 'y'");
  EXPECT_EQ(error_of({x, y}, {{0, 1, 0.5}, {1, 0, 0.5}}).message,
            "the noise covariance of 'y' and 'x' twice");
  EXPECT_EQ(error_of({x, y}, {{0, 0, 0.5}}).message,
            "a noise covariance of 'x' and 'x', which no bidirected edge joins");
  EXPECT_EQ(error_of({x, y}, {{0, 9, 0.5}}).where, "noise_covariance[0]");
  EXPECT_EQ(error_of({x, y}, {{0, 1, infinite}}).message,
            "the noise covariance of 'x' and 'y' is not finite");
}

TEST(LinearModel, NoiseMustBePositiveSemidefinite) {
  const LinearMechanism x{{}, {}, 0, 1};
  const LinearMechanism y{{0}, {0.5}, 0, 2};
  EXPECT_EQ(error_of({x, y}, {{0, 1, 2.01}}).message,
            "the noise covariance matrix is not positive semidefinite at 'y'");
  EXPECT_EQ(error_of({x, y}, {{0, 1, 2}}), Error{});  // perfectly correlated noise
  EXPECT_EQ(error_of({x, y}, {{0, 1, -2}}), Error{});
  const LinearMechanism determined{{0}, {0.5}, 0, 0};
  EXPECT_EQ(error_of({x, determined}, {{0, 1, 0}}), Error{});
  EXPECT_EQ(error_of({x, determined}, {{0, 1, 0.1}}).message,
            "the noise covariance matrix is not positive semidefinite at 'y'");
  EXPECT_EQ(error_of({{{}, {}, 0, 0}, y}, {{0, 1, 0.1}}).message,
            "the noise covariance matrix is not positive semidefinite at 'y'");
  // Three pairs that are each possible, and not together.
  const auto three = LinearModel::create("model", graph_of("a <-> b <-> c <-> a"), {{}, {}, {}},
                                         {{0, 1, 0.9}, {1, 2, 0.9}, {0, 2, -0.9}});
  ASSERT_FALSE(three);
  EXPECT_EQ(three.error().message,
            "the noise covariance matrix is not positive semidefinite at 'c'");
}

TEST(CovarianceCheck, ASmallShareOfAVarianceIsEnough) {
  const auto graph = graph_of("x; y");
  auto matrix = SquareMatrix::identity(2);
  const auto status = [&](double covariance) {
    matrix(0, 1) = matrix(1, 0) = covariance;
    return check_covariance(graph, matrix, "it", Definiteness::positive_definite);
  };
  EXPECT_TRUE(status(1 - 1e-9));
  EXPECT_FALSE(status(1 - 1e-14));
  EXPECT_FALSE(status(-1));
  // Units do not matter.
  matrix(1, 1) = 1e-16;
  EXPECT_TRUE(status(1e-8 * (1 - 1e-9)));
  EXPECT_FALSE(status(1e-8 * (1 + 1e-9)));
}

TEST(LinearModel, IsBounded) {
  Limits limits;
  limits.linear_variables = 1;
  EXPECT_EQ(LinearModel::create("model", graph_of("x; y"), {{}, {}}, {}, limits).error().code,
            ErrorCode::limit_exceeded);
  EXPECT_TRUE(LinearModel::create("model", graph_of("x"), {{}}, {}, limits));
}

TEST(ImpliedMoments, AreThoseOfTheChainWithASideRoad) {
  // x -> m -> y and x -> y: total effect 0.5 * 2 + 3.
  const auto model = model_of("x -> m -> y; x -> y", {0.5, 3, 2});
  const auto effects = total_effects(model);
  EXPECT_DOUBLE_EQ(effects(0, 2), 4);
  EXPECT_DOUBLE_EQ(effects(2, 0), 0);
  const auto covariance = implied_covariance(model);
  EXPECT_DOUBLE_EQ(covariance(0, 2), 4);
  EXPECT_DOUBLE_EQ(covariance(2, 2), 16 + 4 + 1);
  EXPECT_EQ(list_directed_paths(model.graph(), 0, 2)->paths,
            (std::vector<std::vector<NodeId>>{{0, 2}, {0, 1, 2}}));
}

TEST(ImpliedMoments, MatricesAndPathsGiveTheSame) {
  Rng rng(5, stream_of("moments"));
  for (int trial = 0; trial < 100; ++trial) {
    const auto graph = random_admg(3 + rng.below(5), 0.4, 0.3, rng);
    SCOPED_TRACE(write_graph(graph));
    const auto model = test::random_linear_model(graph, rng);
    const auto effects = total_effects(model);
    const auto covariance = implied_covariance(model);
    std::vector<double> variances;
    const auto n = static_cast<NodeId>(graph.node_count());
    for (NodeId v = 0; v < n; ++v) variances.push_back(covariance(v, v));
    for (NodeId a = 0; a < n; ++a)
      for (NodeId b = 0; b < n; ++b) {
        EXPECT_NEAR(total_effect_by_paths(model, a, b).value(), effects(a, b), 1e-9);
        EXPECT_NEAR(covariance_by_treks(model, a, b).value(), covariance(a, b), 1e-9);
        if (a != b) {
          EXPECT_NEAR(covariance_by_wright(model, a, b, variances).value(), covariance(a, b), 1e-9);
        }
      }
  }
}

TEST(ImpliedMoments, MeansFollowTheEquations) {
  const auto model =
      LinearModel::create("model", graph_of("x -> y"), {{{}, {}, 2, 1}, {{0}, {3}, -1, 1}}, {})
          .value();
  EXPECT_EQ(implied_means(model), (std::vector<double>{2, 5}));
}

TEST(Wright, SimpleTreksAreWrightsPaths) {
  const auto graph = graph_of("a -> b; a -> c; b -> d; c -> d; b <-> c");
  const NodeId b = 1;
  const NodeId c = 2;
  // b <-> c and b <- a -> c.
  EXPECT_EQ(list_treks(graph, b, c, TrekKind::simple)->treks,
            (std::vector<Trek>{{{b}, {c}}, {{0, 1}, {0, 2}}}));
  // From d to itself, a simple trek is its own top alone.
  EXPECT_EQ(list_treks(graph, 3, 3, TrekKind::simple)->treks, (std::vector<Trek>{{{3}, {3}}}));
}

TEST(Wright, RefusesToSumOverTooManyPaths) {
  Limits limits;
  limits.listed_paths = 2;
  const auto model = model_of("x -> a -> y; x -> b -> y; x -> c -> y", {1, 1, 1, 1, 1, 1});
  const auto y = model.graph().require("y").value();
  EXPECT_FALSE(list_directed_paths(model.graph(), 0, y, limits)->complete);
  EXPECT_EQ(list_directed_paths(model.graph(), 0, y, limits)->paths.size(), 2U);
  const auto effect = total_effect_by_paths(model, 0, y, limits);
  ASSERT_FALSE(effect);
  EXPECT_EQ(effect.error().code, ErrorCode::limit_exceeded);
  EXPECT_EQ(covariance_by_treks(model, 0, y, limits).error().code, ErrorCode::limit_exceeded);
  limits.listed_paths = 3;
  EXPECT_EQ(total_effect_by_paths(model, 0, y, limits).value(), 3);
  limits.path_search_steps = 3;
  EXPECT_EQ(total_effect_by_paths(model, 0, y, limits).error().code, ErrorCode::limit_exceeded);
}

TEST(Wright, RefusesNodesThatAreNotThere) {
  const auto model = model_of("x -> y", {1});
  EXPECT_EQ(list_directed_paths(model.graph(), 0, 2).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(list_treks(model.graph(), -1, 0, TrekKind::all).error().code,
            ErrorCode::invalid_argument);
  EXPECT_EQ(covariance_by_wright(model, 0, 0, {1, 2}).error().message,
            "Wright's rule is for two variables, not for 'x' and itself");
  EXPECT_EQ(covariance_by_wright(model, 0, 1, {1}).error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace causal_gym

// Which coefficients are identified, by which equations, and what comes back from a covariance
// matrix, on graphs whose answer is known.
#include "engine/linear/identify_coefficients.h"

#include <gtest/gtest.h>

#include "engine/linear/implied_moments.h"
#include "engine/linear/mixed_component.h"
#include "engine/linear/recover_coefficients.h"
#include "engine/linear/test_models.h"

namespace causal_gym {
namespace {

using test::graph_of;
using test::model_of;

std::string all_steps(const Graph& graph, const CoefficientIdentification& answer) {
  std::string text;
  for (const auto& step : answer.steps) text += coefficient_step_text(graph, step);
  return text;
}

std::vector<std::string> edge_names(const Graph& graph, const std::vector<Edge>& edges) {
  std::vector<std::string> names;
  for (const auto& [from, to] : edges) names.push_back(graph.name(from) + " -> " + graph.name(to));
  return names;
}

TEST(IdentifyCoefficients, AnInstrumentGivesOneEquation) {
  const auto graph = graph_of("z -> x -> y; x <-> y");
  const auto answer = identify_coefficients(graph).value();
  EXPECT_EQ(answer.verdict, HalfTrekVerdict::identifiable);
  EXPECT_EQ(all_steps(graph, answer),
            "cov(z, x) = b(z -> x) cov(z, z)\n"
            "cov(z, y) = b(x -> y) cov(z, x)\n");
}

TEST(IdentifyCoefficients, ASourceIsReducedByItsKnownPart) {
  // Verma's graph has a for an instrument; without it c, less what b brings, is one for c -> d.
  const auto graph = graph_of("a -> b -> c -> d; b <-> d");
  const auto answer = identify_coefficients(graph, {false, false, false, false}).value();
  EXPECT_EQ(answer.verdict, HalfTrekVerdict::identifiable);
  EXPECT_EQ(all_steps(graph, answer),
            "cov(a, b) = b(a -> b) cov(a, a)\n"
            "cov(b, c) = b(b -> c) cov(b, b)\n"
            "cov(a, d) = b(c -> d) cov(a, c)\n");
  const auto unconfounded = graph_of("b -> c -> d; b <-> d");
  EXPECT_EQ(all_steps(unconfounded, identify_coefficients(unconfounded).value()),
            "cov(b, c) = b(b -> c) cov(b, b)\n"
            "cov(c - b(b -> c) b, d) = b(c -> d) cov(c - b(b -> c) b, c)\n");
}

TEST(IdentifyCoefficients, OneEdgeIsIdentifiedWhereItsNeighbourIsNot) {
  // The bow x -> y stays open; w -> y has w itself as its source: no trek joins w to x.
  const auto graph = graph_of("x -> y; x <-> y; w -> y");
  const auto answer = identify_coefficients(graph).value();
  EXPECT_EQ(answer.verdict, HalfTrekVerdict::infinite_to_one);
  EXPECT_EQ(edge_names(graph, answer.identified), std::vector<std::string>{"w -> y"});
  EXPECT_EQ(edge_names(graph, answer.open), std::vector<std::string>{"x -> y"});
  EXPECT_EQ(answer.uncovered, (NodeSet{0, 1}));
  EXPECT_EQ(all_steps(graph, answer), "cov(w, y) = b(w -> y) cov(w, w)\n");
  EXPECT_TRUE(identify_coefficients(graph, {false, false, true, true})->identified.empty());
  const auto model = test::model_of("x -> y; x <-> y; w -> y", {0.7, -0.4}, {{0, 1, 0.5}});
  const auto recovered = recover_coefficients(graph, implied_covariance(model), answer).value();
  EXPECT_EQ(recovered.coefficients[0], std::nullopt);
  EXPECT_NEAR(recovered.coefficients[1].value(), -0.4, 1e-12);
  EXPECT_EQ(recovered.noise_variances[1], std::nullopt);
  EXPECT_NEAR(recovered.noise_variances[0].value(), 1, 1e-12);
  EXPECT_EQ(recovered.noise_covariances[0], std::nullopt);
}

// y would be an instrument for w -> v, were it not for what s brings both to y, by the open p -> y
// and q -> y, and to t and u; what is left of p without s is one.
TEST(IdentifyCoefficients, WhatAnOpenParentOfTheSourceBringsCounts) {
  const auto graph = graph_of(
      "y; s -> p -> y; s -> q -> y; p <-> y; q <-> y; y -> w -> v; w <-> v; s -> {t u} -> v; t <-> "
      "v; "
      "u <-> v");
  const auto answer = identify_coefficients(graph).value();
  EXPECT_EQ(edge_names(graph, answer.open),
            (std::vector<std::string>{"p -> y", "q -> y", "t -> v", "u -> v"}));
  EXPECT_NE(all_steps(graph, answer)
                .find("cov(p - b(s -> p) s, v) = b(w -> v) cov(p - b(s -> p) s, w)\n"),
            std::string::npos);
  Rng rng(11, stream_of("open parents"));
  const auto model = test::random_linear_model(graph, rng);
  const auto recovered = recover_coefficients(graph, implied_covariance(model), answer).value();
  for (std::size_t e = 0; e < graph.directed_edges().size(); ++e) {
    const auto& [from, to] = graph.directed_edges()[e];
    if (recovered.coefficients[e]) {
      EXPECT_NEAR(*recovered.coefficients[e], model.coefficients()(from, to), 1e-8);
    }
  }
}

// Figure of Foygel, Draisma & Drton 2012 that needs Tian's decomposition (SEMID's example 16).
TEST(IdentifyCoefficients, DecompositionIdentifiesWhatTheWholeGraphDoesNot) {
  const auto text = "a -> {b c}; b -> {c d e}; c -> d; d -> e; a <-> d; b <-> c; b <-> e";
  const auto graph = graph_of(text);
  EXPECT_EQ(identify_coefficients(graph, {false, false, false, false})->verdict,
            HalfTrekVerdict::inconclusive);
  const auto answer = identify_coefficients(graph, {false, false, true, false}).value();
  EXPECT_EQ(answer.verdict, HalfTrekVerdict::identifiable);
  EXPECT_NE(all_steps(graph, answer).find("in the component of the district {"), std::string::npos);
  Rng rng(3, stream_of("decomposition"));
  const auto model = test::random_linear_model(graph, rng);
  const auto recovered = recover_coefficients(graph, implied_covariance(model), answer).value();
  for (std::size_t e = 0; e < graph.directed_edges().size(); ++e) {
    const auto& [from, to] = graph.directed_edges()[e];
    EXPECT_NEAR(recovered.coefficients[e].value(), model.coefficients()(from, to), 1e-8);
  }
}

TEST(IdentifyCoefficients, ComponentsHaveTheCovariancesOfTheirOwnModel) {
  Rng rng(4, stream_of("decomposition"));
  for (int trial = 0; trial < 50; ++trial) {
    const auto graph = random_admg(6, 0.4, 0.25, rng);
    const auto model = test::random_linear_model(graph, rng);
    for (const auto& component : tian_decomposition(graph)) {
      // The same mechanisms within the district; parents outside it are noise of variance one.
      std::vector<LinearMechanism> mechanisms;
      for (const NodeId v : component.nodes) {
        LinearMechanism mechanism;
        if (component.district.contains(v)) {
          mechanism = model.mechanism(v);
          for (auto& p : mechanism.given) p = *component.to_component(NodeSet{p}).begin();
        }
        mechanisms.push_back(mechanism);
      }
      std::vector<NoiseCovariance> covariances;
      for (const auto& [a, b] : component.graph.bidirected_edges())
        covariances.push_back({a, b,
                               model.noise()(component.nodes[static_cast<std::size_t>(a)],
                                             component.nodes[static_cast<std::size_t>(b)])});
      const auto part = LinearModel::create("part", component.graph, mechanisms, covariances);
      ASSERT_TRUE(part) << error_text(part.error());
      test::expect_near(component_covariance(graph, component, implied_covariance(model)).value(),
                        implied_covariance(*part), 1e-9);
    }
  }
}

// e -> a: c is an instrument given f, though c's own coefficients stay open.
TEST(IdentifyCoefficients, AConditionalInstrumentIsFoundByTrekSeparation) {
  const auto graph = graph_of(
      "f -> d; e -> a; f -> b; d -> b; f -> c; d -> c; a <-> f; a <-> e; b <-> f; a <-> b; "
      "c <-> d; c <-> e");
  const auto without = identify_coefficients(graph, {true, false, true, true}).value();
  EXPECT_NE(std::find(without.open.begin(), without.open.end(), graph.directed_edges()[1]),
            without.open.end());
  const auto answer = identify_coefficients(graph).value();
  const auto step = std::find_if(answer.steps.begin(), answer.steps.end(),
                                 [](const CoefficientStep& one) { return !one.beside.empty(); });
  ASSERT_NE(step, answer.steps.end());
  EXPECT_EQ(coefficient_step_text(graph, *step),
            "cov(f, a) = b(e -> a) cov(f, e) + a(f) cov(f, f)\n"
            "cov(c, a) = b(e -> a) cov(c, e) + a(f) cov(c, f)\n");
  Rng rng(12, stream_of("conditional instrument"));
  const auto model = test::random_linear_model(graph, rng);
  const auto recovered = recover_coefficients(graph, implied_covariance(model), answer).value();
  EXPECT_NEAR(recovered.coefficients[1].value(), model.coefficients()(2, 3), 1e-8);
}

// SEMID's example 5: no half-trek step, a determinant for each of three edges.
TEST(IdentifyCoefficients, VanishingDeterminantsIdentifyWhatHalfTreksDoNot) {
  const auto graph = graph_of("a -> {b c d}; d -> e; a <-> {b c d e}");
  EXPECT_EQ(identify_coefficients(graph, {true, false, true, true})->verdict,
            HalfTrekVerdict::inconclusive);
  EXPECT_EQ(identify_coefficients(graph)->verdict, HalfTrekVerdict::identifiable);
}

TEST(IdentifyCoefficients, ManyOpenParentsAreTriedAsAWholeInPairsAndAlone) {
  // Ten parents with bows: each is open, and each of ten others without is found.
  std::string text;
  for (int i = 0; i < 10; ++i) {
    const auto p = "p" + std::to_string(i);
    text += p + " -> y; " + p + " <-> y; q" + std::to_string(i) + " -> y; ";
  }
  const auto graph = graph_of(text);
  const auto answer = identify_coefficients(graph).value();
  EXPECT_EQ(answer.open.size(), 10U);
  EXPECT_EQ(answer.identified.size(), 10U);
  EXPECT_EQ(answer.verdict, HalfTrekVerdict::infinite_to_one);
}

TEST(IdentifyCoefficients, ASingularStepNamesItsNode) {
  const auto graph = graph_of("z -> x -> y; x <-> y");
  const auto answer = identify_coefficients(graph).value();
  auto covariance = SquareMatrix::identity(3);  // the instrument has no effect
  const auto singular = recover_coefficients(graph, covariance, answer);
  ASSERT_FALSE(singular);
  EXPECT_EQ(singular.error().code, ErrorCode::not_determined);
  EXPECT_EQ(singular.error().message,
            "the equations for the coefficients into 'y' are singular for this covariance matrix");
}

TEST(IdentifyCoefficients, ABadCovarianceMatrixIsAnErrorThatNamesTheVariable) {
  const auto graph = graph_of("x -> y");
  const auto answer = identify_coefficients(graph).value();
  const auto message = [&](const SquareMatrix& matrix) {
    return recover_coefficients(graph, matrix, answer).error().message;
  };
  auto matrix = SquareMatrix::identity(2);
  matrix(0, 1) = matrix(1, 0) = 1;
  EXPECT_EQ(message(matrix), "the covariance matrix is not positive definite at 'y'");
  matrix(0, 1) = 0.5;
  EXPECT_EQ(message(matrix), "the covariance matrix is not symmetric at 'y', 'x'");
  matrix(0, 1) = matrix(1, 0) = std::nan("");
  EXPECT_EQ(message(matrix), "the covariance matrix is not finite at 'y', 'x'");
  EXPECT_EQ(message(SquareMatrix::identity(3)),
            "the covariance matrix has 3 rows; the graph has 2 nodes");
}

TEST(IdentifyCoefficients, UnitsDoNotMatter) {
  const auto graph = graph_of("z -> x -> y; x <-> y");
  const auto answer = identify_coefficients(graph).value();
  auto covariance = implied_covariance(model_of("z -> x -> y; x <-> y", {0.5, 2}, {{1, 2, 0.3}}));
  for (NodeId v = 0; v < 3; ++v) {  // z in units a hundred million times as large
    covariance(0, v) *= 1e-8;
    covariance(v, 0) *= 1e-8;
  }
  const auto recovered = recover_coefficients(graph, covariance, answer).value();
  EXPECT_NEAR(recovered.coefficients[0].value(), 0.5e8, 1);
  EXPECT_NEAR(recovered.coefficients[1].value(), 2, 1e-9);
}

}  // namespace
}  // namespace causal_gym

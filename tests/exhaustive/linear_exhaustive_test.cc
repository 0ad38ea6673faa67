// Identification of path coefficients on every mixed graph of up to four nodes in one topological
// order and on random larger ones: verdicts against exact ranks, recovered against true values.
#include <gtest/gtest.h>

#include "engine/graph/random_graph.h"
#include "engine/graph/relations.h"
#include "engine/graph/separation.h"
#include "engine/graph/surgery.h"
#include "engine/linear/global_identification.h"
#include "engine/linear/recover_coefficients.h"
#include "tests/exhaustive/linear_truth.h"
#include "tests/exhaustive/small_admg.h"

namespace causal_gym {
namespace {

constexpr double tolerance = 1e-8;

struct Counts {
  int full_rank = 0;
  int identifiable = 0;
  int infinite = 0;
  int inconclusive = 0;
  int edges = 0;         // directed edges of all graphs
  int finite_edges = 0;  // those whose coefficient has finitely many values
  int identified_edges = 0;

  void add(const CoefficientIdentification& answer, const JacobianFacts& facts) {
    full_rank += facts.full_rank ? 1 : 0;
    identifiable += answer.verdict == HalfTrekVerdict::identifiable ? 1 : 0;
    infinite += answer.verdict == HalfTrekVerdict::infinite_to_one ? 1 : 0;
    inconclusive += answer.verdict == HalfTrekVerdict::inconclusive ? 1 : 0;
    edges += static_cast<int>(facts.coefficients.size());
    for (const bool finite : facts.coefficients) finite_edges += finite ? 1 : 0;
    identified_edges += static_cast<int>(answer.identified.size());
  }
};

// Nothing that the ranks forbid is said.
void expect_verdict_fits(const Graph& graph, const CoefficientIdentification& answer,
                         const JacobianFacts& facts) {
  if (answer.verdict == HalfTrekVerdict::identifiable) {
    EXPECT_TRUE(facts.full_rank);
  }
  if (answer.verdict == HalfTrekVerdict::infinite_to_one) {
    EXPECT_FALSE(facts.full_rank);
  }
  const auto edges = graph.directed_edges();
  for (const auto& edge : answer.identified) {
    const auto i = std::find(edges.begin(), edges.end(), edge) - edges.begin();
    EXPECT_TRUE(facts.coefficients[static_cast<std::size_t>(i)]);
  }
  EXPECT_EQ(answer.identified.size() + answer.open.size(), edges.size());
}

// Each coefficient that is called identified, and what follows of the noise, comes back.
void expect_recovery(const Graph& graph, const CoefficientIdentification& answer,
                     const LinearParameters& truth) {
  const auto recovered = recover_coefficients(graph, covariance_of(graph, truth), answer);
  ASSERT_TRUE(recovered) << error_text(recovered.error());
  std::size_t values = 0;
  const auto edges = graph.directed_edges();
  for (std::size_t e = 0; e < edges.size(); ++e) {
    if (!recovered->coefficients[e]) continue;
    ++values;
    EXPECT_NEAR(*recovered->coefficients[e], truth.coefficients(edges[e].from, edges[e].to),
                tolerance);
  }
  EXPECT_EQ(values, answer.identified.size());
  const bool all = answer.open.empty();
  for (NodeId v = 0; static_cast<std::size_t>(v) < graph.node_count(); ++v) {
    const auto& variance = recovered->noise_variances[static_cast<std::size_t>(v)];
    if (all) {
      EXPECT_TRUE(variance.has_value());
    }
    if (variance) {
      EXPECT_NEAR(*variance, truth.noise(v, v), tolerance);
    }
  }
  const auto arcs = graph.bidirected_edges();
  for (std::size_t e = 0; e < arcs.size(); ++e) {
    if (all) {
      EXPECT_TRUE(recovered->noise_covariances[e].has_value());
    }
    if (recovered->noise_covariances[e]) {
      EXPECT_NEAR(*recovered->noise_covariances[e], truth.noise(arcs[e].from, arcs[e].to),
                  tolerance);
    }
  }
}

Counts check_all(std::size_t node_count, const CoefficientCriteria& criteria) {
  Counts counts;
  Rng rng(node_count, stream_of("linear exhaustive"));
  for (const auto& graph : all_ordered_admgs(node_count)) {
    SCOPED_TRACE(describe(graph));
    const auto answer = identify_coefficients(graph, criteria).value();
    const auto facts = jacobian_facts(graph, rng);
    counts.add(answer, facts);
    expect_verdict_fits(graph, answer, facts);
    expect_recovery(graph, answer, random_linear_parameters(graph, rng));
  }
  return counts;
}

constexpr CoefficientCriteria half_trek_alone{false, false, false, false};

TEST(LinearExhaustive, HalfTrekVerdictsFitTheRanksOfAllGraphsOfFourNodes) {
  const auto counts = check_all(4, half_trek_alone);
  EXPECT_EQ(counts.full_rank, 1252);
  EXPECT_EQ(counts.identifiable, 1246);
  EXPECT_EQ(counts.infinite, 2844);
  EXPECT_EQ(counts.inconclusive, 6);
  EXPECT_EQ(counts.identified_edges, 5322);
}

TEST(LinearExhaustive, AllCriteriaTogetherFitTheRanksOfAllGraphsOfFourNodes) {
  const auto counts = check_all(4, {});
  EXPECT_EQ(counts.identifiable, 1246);
  EXPECT_EQ(counts.infinite, 2844);
  EXPECT_EQ(counts.inconclusive, 6);
  EXPECT_EQ(counts.edges, 12288);
  EXPECT_EQ(counts.finite_edges, 5956);
  EXPECT_EQ(counts.identified_edges, 5938);
}

TEST(LinearExhaustive, RandomGraphsOfFiveToEightNodesKeepToTheirRanksAndGiveTheirValuesBack) {
  Rng rng(20, stream_of("linear exhaustive"));
  Counts counts;
  for (int trial = 0; trial < 1500; ++trial) {
    const auto graph =
        random_admg(5 + rng.below(4), 0.2 + 0.4 * rng.uniform(), 0.1 + 0.3 * rng.uniform(), rng);
    SCOPED_TRACE(describe(graph));
    const auto facts = jacobian_facts(graph, rng);
    const auto answer = identify_coefficients(graph).value();
    const auto half_trek = identify_coefficients(graph, half_trek_alone).value();
    counts.add(answer, facts);
    expect_verdict_fits(graph, answer, facts);
    expect_verdict_fits(graph, half_trek, facts);
    EXPECT_EQ(half_trek.verdict, half_trek_criterion(graph)->verdict);
    EXPECT_GE(answer.identified.size(), half_trek.identified.size());
    const auto truth = random_linear_parameters(graph, rng);
    expect_recovery(graph, answer, truth);
    expect_recovery(graph, half_trek, truth);
    if (global_identification(graph)->identifiable) {
      EXPECT_EQ(answer.verdict, HalfTrekVerdict::identifiable);
    }
  }
  EXPECT_EQ(counts.identifiable, 696);
  EXPECT_EQ(counts.infinite, 796);
  EXPECT_EQ(counts.inconclusive, 8);
  EXPECT_EQ(counts.finite_edges, 8731);
  EXPECT_EQ(counts.identified_edges, 8662);
}

// Is some node, given some non-descendants of y, a conditional instrument for x -> y (Brito & Pearl
// 2002)? By separation alone.
bool has_instrument(const Graph& graph, Edge edge) {
  const auto& [x, y] = edge;
  const auto without = remove_directed_edges(graph, std::vector<Edge>{edge});
  const auto allowed = graph.all_nodes() - descendants(graph, NodeSet{y}) - NodeSet{x};
  for (const NodeId z : graph.all_nodes() - NodeSet{y})
    for (const auto& given : subsets(allowed - NodeSet{z}))
      if (separation(without, NodeSet{z}, NodeSet{y}, given)->separated &&
          (z == x || !separation(graph, NodeSet{z}, NodeSet{x}, given)->separated))
        return true;
  return false;
}

TEST(LinearExhaustive, ConditionalInstrumentsGiveIdentifiedCoefficients) {
  int with_instrument = 0;
  std::vector<std::string> missed;
  const auto check = [&](const Graph& graph) {
    const auto answer = identify_coefficients(graph).value();
    for (const auto& edge : answer.identified)
      with_instrument += has_instrument(graph, edge) ? 1 : 0;
    for (const auto& edge : answer.open)
      if (has_instrument(graph, edge))
        missed.push_back(describe(graph) + graph.name(edge.from) + " to " + graph.name(edge.to));
  };
  for (const auto& graph : all_ordered_admgs(4)) check(graph);
  EXPECT_EQ(with_instrument, 5621);
  EXPECT_EQ(missed, std::vector<std::string>{});
  Rng rng(21, stream_of("linear exhaustive"));
  for (int trial = 0; trial < 2000; ++trial)
    check(random_admg(5 + rng.below(2), 0.2 + 0.4 * rng.uniform(), 0.1 + 0.3 * rng.uniform(), rng));
  EXPECT_EQ(with_instrument, 12736);
  EXPECT_EQ(missed, std::vector<std::string>{});
}

}  // namespace
}  // namespace causal_gym

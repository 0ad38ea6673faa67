// Adjustment identification distances against a verdict on every pair by the adjustment criterion.
#include "engine/identify/adjustment_identification_distance.h"

#include <gtest/gtest.h>

#include "engine/graph/test_graphs.h"
#include "engine/identify/adjustment.h"

namespace causal_gym {
namespace {

using test::graph_of;

// The set that the guess adjusts for; nullopt when it says that there is no effect. By the closure
// of the edges alone.
std::optional<NodeSet> named_set(const Graph& guess, NodeId t, NodeId y,
                                 AdjustmentStrategy strategy) {
  const auto reach = test::directed_closure(guess);
  const auto leads = [&](NodeId a, NodeId b) {
    return reach[static_cast<std::size_t>(a)][static_cast<std::size_t>(b)];
  };
  NodeSet set;
  if (strategy == AdjustmentStrategy::parents) {
    if (guess.has_edge(y, t)) return std::nullopt;
    for (const NodeId v : guess.all_nodes())
      if (guess.has_edge(v, t)) set.insert(v);
    return set;
  }
  if (!leads(t, y)) return std::nullopt;
  for (const NodeId v : guess.all_nodes()) {
    if (strategy == AdjustmentStrategy::ancestors) {
      if (v != t && leads(v, t)) set.insert(v);
      continue;
    }
    bool parent_of_causal = false;
    bool forbidden = v == t;
    for (const NodeId w : guess.all_nodes()) {
      const bool causal = w != t && leads(t, w) && leads(w, y);
      if (causal && guess.has_edge(v, w)) parent_of_causal = true;
      if (causal && leads(w, v)) forbidden = true;
    }
    if (parent_of_causal && !forbidden) set.insert(v);
  }
  return set;
}

std::vector<Edge> wrong_pairs(const Graph& truth, const Graph& guess, AdjustmentStrategy strategy) {
  const auto reach = test::directed_closure(truth);
  std::vector<Edge> wrong;
  for (const NodeId t : truth.all_nodes())
    for (const NodeId y : truth.all_nodes()) {
      if (t == y) continue;
      const auto set = named_set(guess, t, y, strategy);
      const bool right = set ? check_adjustment(truth, {t}, {y}, *set)->valid
                             : !reach[static_cast<std::size_t>(t)][static_cast<std::size_t>(y)];
      if (!right) wrong.push_back({t, y});
    }
  return wrong;
}

constexpr AdjustmentStrategy strategies[] = {
    AdjustmentStrategy::parents, AdjustmentStrategy::ancestors, AdjustmentStrategy::optimal};

void expect_wrong_pairs(const Graph& truth, const Graph& guess) {
  for (const auto strategy : strategies) {
    const auto distance = adjustment_identification_distance(truth, guess, strategy).value();
    EXPECT_EQ(distance.wrong_pairs, wrong_pairs(truth, guess, strategy))
        << adjustment_strategy_name(strategy) << "\n"
        << write_graph(truth) << "\n"
        << write_graph(guess);
    EXPECT_EQ(distance.wrong, distance.wrong_pairs.size());
    EXPECT_EQ(distance.pairs, truth.node_count() * (truth.node_count() - 1));
  }
}

TEST(AdjustmentIdentificationDistance, CountsTheWrongVerdictsOnAllPairsOfGraphsOfThreeNodes) {
  std::vector<Graph> admgs;
  test::for_each_admg(3, [&](const Graph& graph) { admgs.push_back(graph); });
  for (const auto& truth : admgs)
    for (const auto& guess : admgs)
      if (guess.bidirected_edges().empty()) expect_wrong_pairs(truth, guess);
}

TEST(AdjustmentIdentificationDistance, CountsTheWrongVerdictsOnRandomGraphs) {
  Rng rng(16, 0);
  for (int i = 0; i < 150; ++i)
    expect_wrong_pairs(test::random_graph({7, 0.35, i % 2 == 0 ? 0 : 0.1, 0}, rng),
                       test::random_graph({7, 0.35, 0, 0}, rng));
}

TEST(AdjustmentIdentificationDistance, OfADagToItselfIsZero) {
  Rng rng(17, 0);
  for (int i = 0; i < 30; ++i) {
    const auto graph = test::random_graph({10, 0.3, 0, 0}, rng);
    for (const auto strategy : strategies) {
      EXPECT_EQ(adjustment_identification_distance(graph, graph, strategy)->wrong, 0U);
    }
  }
}

TEST(AdjustmentIdentificationDistance, OfAReversedEdgeAndAnEmptyGuess) {
  const auto distance = [](std::string_view truth, std::string_view guess,
                           AdjustmentStrategy strategy) {
    return adjustment_identification_distance(graph_of(truth), graph_of(guess), strategy)->wrong;
  };
  for (const auto strategy : strategies) {
    EXPECT_EQ(distance("a -> b", "b -> a", strategy), 2U);
  }
  // Without edges: parents adjust for nothing, which is right about a and wrong about b; the others
  // deny the effect of a alone.
  EXPECT_EQ(distance("a -> b", "a; b", AdjustmentStrategy::parents), 1U);
  EXPECT_EQ(distance("a -> b", "a; b", AdjustmentStrategy::ancestors), 1U);
  // A hidden cause of both makes every set wrong.
  EXPECT_EQ(distance("u [latent]; u -> a; u -> b; a -> b", "a -> b", AdjustmentStrategy::optimal),
            1U);
}

TEST(AdjustmentIdentificationDistance, RefusesAGuessThatIsNoDagOrHasOtherNodes) {
  const auto error = [](std::string_view truth, std::string_view guess) {
    return adjustment_identification_distance(graph_of(truth), graph_of(guess),
                                              AdjustmentStrategy::parents)
        .error();
  };
  EXPECT_EQ(error("a -> b", "a <-> b").message,
            "the guessed graph has the bidirected edge a <-> b; it must be a DAG");
  EXPECT_EQ(error("a -> b", "a [latent]; a -> b").message,
            "the guessed graph has the latent node 'a'; it must be a DAG");
  EXPECT_EQ(error("a -> b", "a -> c").code, ErrorCode::unknown_name);
  CancellationSource source;
  source.cancel();
  EXPECT_EQ(adjustment_identification_distance(graph_of("a -> b"), graph_of("a -> b"),
                                               AdjustmentStrategy::parents, {}, source.token())
                .error()
                .code,
            ErrorCode::cancelled);
}

}  // namespace
}  // namespace causal_gym

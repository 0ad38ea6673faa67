// Moral, dependency, back-door and transformed graphs and Markov blankets against the definitions.
#include <gtest/gtest.h>

#include "engine/graph/back_door_graph.h"
#include "engine/graph/markov_blanket.h"
#include "engine/graph/relations.h"
#include "engine/graph/surgery.h"
#include "engine/graph/test_graphs.h"
#include "engine/graph/transformations.h"
#include "engine/graph/undirected_graph.h"

namespace causal_gym {
namespace {

using test::graph_of;

// Is b reached from a through nodes outside z?
bool joined_outside(const UndirectedGraph& graph, NodeId a, NodeId b, const NodeSet& z) {
  NodeSet seen = {a};
  std::vector<NodeId> queue = {a};
  for (std::size_t next = 0; next < queue.size(); ++next)
    for (const NodeId w : graph.neighbours(queue[next]))
      if (!seen.contains(w) && !z.contains(w)) {
        seen.insert(w);
        queue.push_back(w);
      }
  return seen.contains(b);
}

std::vector<NodeSet> all_subsets(const NodeSet& of) {
  std::vector<NodeSet> sets = {{}};
  for (const NodeId v : of) {
    const auto count = sets.size();
    for (std::size_t i = 0; i < count; ++i) sets.push_back(sets[i] | NodeSet{v});
  }
  return sets;
}

TEST(UndirectedGraph, DropsRepeatedPairsAndLoopsAndSortsNeighbours) {
  const UndirectedGraph graph(4, {{2, 0}, {0, 2}, {1, 1}, {3, 2}, {2, 1}});
  EXPECT_EQ(graph.edges().size(), 3U);
  const auto row = graph.neighbours(2);
  EXPECT_EQ(std::vector<NodeId>(row.begin(), row.end()), (std::vector<NodeId>{0, 1, 3}));
  EXPECT_TRUE(graph.has_edge(2, 3) && graph.has_edge(3, 2));
  EXPECT_FALSE(graph.has_edge(0, 1));
  EXPECT_EQ(UndirectedGraph().node_count(), 0U);
}

TEST(MoralGraph, SeparatesInTheAncestralGraphWhatTheCausalGraphSeparates) {
  test::for_each_admg(3, [](const Graph& graph) {
    for (const NodeId b : {1, 2})
      for (const auto& z : all_subsets(graph.all_nodes() - NodeSet{0, b})) {
        const auto kept = ancestors(graph, z | NodeSet{0, b});
        const auto part = ancestral_graph(graph, z | NodeSet{0, b});
        const auto old_ids = kept.to_vector();
        const auto new_id = [&](NodeId v) {
          const auto place = std::find(old_ids.begin(), old_ids.end(), v);
          return static_cast<NodeId>(place - old_ids.begin());
        };
        NodeSet renamed;
        for (const NodeId v : z) renamed.insert(new_id(v));
        EXPECT_EQ(!joined_outside(moral_graph(part), new_id(0), new_id(b), renamed),
                  test::separated_by_moralisation(graph, {0}, {b}, z))
            << write_graph(graph);
      }
  });
}

TEST(DependencyGraph, JoinsWhatNoEmptySetSeparates) {
  Rng rng(2, 0);
  for (int i = 0; i < 50; ++i) {
    const auto graph = test::random_graph({6, 0.25, 0.1, 0}, rng);
    const auto joined = dependency_graph(graph);
    for (NodeId a = 0; a < 6; ++a)
      for (NodeId b = 0; b < a; ++b)
        EXPECT_EQ(joined.has_edge(a, b), !test::separated_by_moralisation(graph, {a}, {b}, {}));
  }
}

// The smallest set of observed nodes that separates the set from all other observed nodes, by size.
NodeSet smallest_shield(const Graph& graph, const NodeSet& of) {
  const auto others = graph.observed_nodes() - of;
  NodeSet best = others;
  int best_count = 0;
  for (const auto& set : all_subsets(others)) {
    if (!test::separated_by_moralisation(graph, of, others - set, set)) continue;
    if (set.size() < best.size()) best_count = 0;
    if (set.size() <= best.size()) {
      best = set;
      ++best_count;
    }
  }
  EXPECT_LE(best_count, 1) << write_graph(graph);
  return best;
}

TEST(MarkovBlanket, IsTheSmallestShieldOfEverySetInEveryAdmgOfThreeNodes) {
  test::for_each_admg(3, [](const Graph& graph) {
    for (const auto& of : all_subsets(graph.all_nodes()))
      EXPECT_EQ(markov_blanket(graph, of).value(), smallest_shield(graph, of))
          << write_graph(graph);
  });
}

TEST(MarkovBlanket, IsTheSmallestShieldAmongObservedNodesOfRandomGraphs) {
  Rng rng(3, 0);
  for (int i = 0; i < 150; ++i) {
    const auto graph = test::random_graph({7, 0.3, 0.1, 0.3}, rng);
    const auto observed = graph.observed_nodes();
    for (const NodeId v : observed) {
      const NodeSet of = {v, *observed.begin()};
      EXPECT_EQ(markov_blanket(graph, of).value(), smallest_shield(graph, of))
          << write_graph(graph);
      EXPECT_EQ(markov_blanket(graph, {v}).value(), smallest_shield(graph, {v}));
    }
  }
}

TEST(MarkovBlanket, OfALatentOrUnknownNodeIsAnError) {
  const auto graph = graph_of("u [latent]; u -> x; u -> y");
  EXPECT_EQ(markov_blanket(graph, {graph.find("u").value()}).error().message,
            "'u' is latent and has no Markov blanket of observed nodes");
  EXPECT_EQ(markov_blanket(graph, {3}).error().code, ErrorCode::invalid_argument);
}

TEST(MarkovPillow, SeparatesANodeFromItsOtherPredecessors) {
  test::for_each_admg(3, [](const Graph& graph) {
    const auto order = graph.topological_order();
    NodeSet before;
    for (const NodeId v : order) {
      const auto pillow = markov_pillow(graph, {v}, order);
      EXPECT_TRUE(pillow.is_subset_of(before));
      EXPECT_TRUE(test::separated_by_moralisation(graph, {v}, before - pillow, pillow));
      before.insert(v);
    }
  });
}

TEST(BackDoorGraph, LosesTheFirstEdgesOfProperCausalPathsAndNoOthers) {
  Rng rng(4, 0);
  for (int i = 0; i < 200; ++i) {
    const auto graph = test::random_graph({6, 0.4, 0.1, 0}, rng);
    const NodeSet x = {0, 1};
    const NodeSet y = {2, 3};
    NodeSet on_paths;
    std::vector<Edge> first_edges;
    for (const NodeId a : x)
      for (const NodeId b : y)
        for (const auto& path : test::naive_paths(graph, a, b)) {
          const auto& nodes = path.nodes;
          const bool causal = std::all_of(path.steps.begin(), path.steps.end(),
                                          [](Step step) { return step == Step::forward; });
          const bool proper =
              std::none_of(nodes.begin() + 1, nodes.end(), [&](NodeId v) { return x.contains(v); });
          if (!causal || !proper) continue;
          first_edges.push_back({nodes[0], nodes[1]});
          on_paths |= NodeSet(std::span(nodes).subspan(1));
        }
    EXPECT_EQ(nodes_on_proper_causal_paths(graph, x, y), on_paths);
    EXPECT_EQ(proper_back_door_graph(graph, x, y), remove_directed_edges(graph, first_edges));
  }
  EXPECT_EQ(indirect_graph(graph_of("x -> m -> y; x -> y"), {0}, {2}), graph_of("x -> m -> y"));
}

TEST(CanonicalDag, HasNoBidirectedEdgesAndTheSameSeparations) {
  Rng rng(5, 0);
  for (int i = 0; i < 100; ++i) {
    const auto graph = test::random_graph({5, 0.3, 0.3, 0}, rng);
    const auto canonical = canonical_dag(graph).value();
    EXPECT_TRUE(canonical.bidirected_edges().empty());
    EXPECT_EQ(latent_projection(canonical).value(), graph);
    for (NodeId b = 1; b < 5; ++b)
      for (const auto& z : all_subsets(graph.all_nodes() - NodeSet{0, b}))
        EXPECT_EQ(separation(canonical, {0}, {b}, z)->separated,
                  separation(graph, {0}, {b}, z)->separated);
  }
}

TEST(CanonicalDag, TakesFreeNamesAndKeepsTheLimits) {
  const auto canonical = canonical_dag(graph_of("L1 <-> b; b <-> c")).value();
  EXPECT_EQ(canonical.nodes()[3].name, "L2");
  EXPECT_EQ(canonical.nodes()[4].name, "L3");
  Limits limits;
  limits.nodes = 4;
  EXPECT_EQ(canonical_dag(graph_of("a <-> b; b <-> c"), limits).error().code,
            ErrorCode::limit_exceeded);
}

TEST(Transitive, ClosureHoldsEveryPathAndReductionNoShortcut) {
  Rng rng(6, 0);
  for (int i = 0; i < 100; ++i) {
    const auto graph = test::random_graph({7, 0.4, 0.2, 0}, rng);
    const auto reach = test::directed_closure(graph);
    const auto closure = transitive_closure(graph).value();
    for (NodeId a = 0; a < 7; ++a)
      for (NodeId b = 0; b < 7; ++b)
        EXPECT_EQ(closure.has_edge(a, b),
                  a != b && reach[static_cast<std::size_t>(a)][static_cast<std::size_t>(b)]);
    const auto reduction = transitive_reduction(graph);
    EXPECT_EQ(transitive_closure(reduction).value(), closure);
    for (const auto& edge : reduction.directed_edges()) {
      const auto less = remove_directed_edges(reduction, std::span(&edge, 1));
      EXPECT_NE(test::directed_closure(less), reach) << "an edge that can go";
    }
  }
}

TEST(TrekGraph, HasADirectedPathForEachTrek) {
  test::for_each_admg(3, [](const Graph& graph) {
    const auto reach = test::directed_closure(trek_graph(graph).value());
    for (NodeId a = 0; a < 3; ++a)
      for (NodeId b = 0; b < 3; ++b) {
        const bool trek = a == b || !test::separated_by_moralisation(graph, {a}, {b}, {});
        EXPECT_EQ(reach[static_cast<std::size_t>(2 * a)][static_cast<std::size_t>(2 * b + 1)],
                  trek);
      }
  });
}

TEST(MaximalAncestralGraph, HasTheSeparationsOfTheObservedNodes) {
  Rng rng(7, 0);
  for (int i = 0; i < 150; ++i) {
    const auto graph = test::random_graph({7, 0.35, 0.1, 0.3}, rng);
    const auto mag = maximal_ancestral_graph(graph).value();
    const auto observed = graph.observed_nodes().to_vector();
    const auto old_set = [&](const NodeSet& set) {
      NodeSet result;
      for (const NodeId v : set) result.insert(observed[static_cast<std::size_t>(v)]);
      return result;
    };
    const auto n = static_cast<NodeId>(observed.size());
    for (NodeId a = 0; a < n; ++a)
      for (NodeId b = 0; b < a; ++b) {
        bool separable = false;
        for (const auto& z : all_subsets(mag.all_nodes() - NodeSet{a, b})) {
          const bool apart = test::separated_by_moralisation(mag, {a}, {b}, z);
          EXPECT_EQ(apart,
                    test::separated_by_moralisation(graph, old_set({a}), old_set({b}), old_set(z)))
              << write_graph(graph);
          separable = separable || apart;
        }
        EXPECT_EQ(separable, !skeleton(mag).has_edge(a, b));
      }
  }
}

}  // namespace
}  // namespace causal_gym

// The half-trek criterion against its definition by enumeration of half-treks and of families of
// sets, on all mixed graphs of three nodes and random ones of four.
#include "engine/linear/half_trek.h"

#include <gtest/gtest.h>

#include "engine/linear/test_models.h"

namespace causal_gym {
namespace {

using test::graph_of;

std::vector<NodeSet> all_subsets(std::size_t count) {
  std::vector<NodeSet> sets;
  for (std::size_t mask = 0; mask < std::size_t{1} << count; ++mask) {
    NodeSet set;
    for (std::size_t v = 0; v < count; ++v)
      if ((mask >> v & 1) != 0) set.insert(static_cast<NodeId>(v));
    sets.push_back(set);
  }
  return sets;
}

// A half-trek: where it begins and ends, and the nodes of its right side.
struct HalfTrek {
  NodeId from = 0;
  NodeId to = 0;
  NodeSet right;
};

std::vector<HalfTrek> naive_half_treks(const Graph& graph) {
  std::vector<HalfTrek> found;
  for (NodeId v = 0; static_cast<std::size_t>(v) < graph.node_count(); ++v) {
    found.push_back({v, v, {v}});
    for (const NodeId spouse : graph.spouses(v)) found.push_back({v, spouse, {spouse}});
  }
  for (std::size_t i = 0; i < found.size(); ++i)
    for (const NodeId child : graph.children(found[i].to))
      found.push_back({found[i].from, child, found[i].right | NodeSet{child}});
  return found;
}

// Pairs off the members of `to` with members of `from` by backtracking.
bool naive_system(const std::vector<HalfTrek>& half_treks, const NodeSet& from, const NodeSet& to,
                  const NodeSet& right = {}) {
  if (to.empty()) return true;
  const NodeId target = *to.begin();
  for (const auto& half_trek : half_treks) {
    if (half_trek.to != target || !from.contains(half_trek.from)) continue;
    if (half_trek.right.intersects(right)) continue;
    if (naive_system(half_treks, from - NodeSet{half_trek.from}, to - NodeSet{target},
                     right | half_trek.right))
      return true;
  }
  return false;
}

// The sets that satisfy the criterion for v, by its three conditions.
std::vector<NodeSet> naive_sets(const Graph& graph, NodeId v) {
  std::vector<NodeSet> sets;
  const auto half_treks = naive_half_treks(graph);
  const NodeSet parents(graph.parents(v));
  for (const auto& set : all_subsets(graph.node_count()))
    if (set.size() == parents.size() && !set.contains(v) &&
        !set.intersects(NodeSet(graph.spouses(v))) && naive_system(half_treks, set, parents))
      sets.push_back(set);
  return sets;
}

NodeSet naive_reach(const Graph& graph, NodeId v) {
  NodeSet reached;
  for (const auto& half_trek : naive_half_treks(graph))
    if (half_trek.from == v) reached.insert(half_trek.to);
  return reached;
}

// Theorem 1: solve any node with a set whose members in htr(v) are solved, until nothing moves.
NodeSet naive_unsolved(const Graph& graph) {
  auto unsolved = graph.all_nodes();
  for (bool progress = true; progress;) {
    progress = false;
    for (const NodeId v : unsolved.to_vector())
      for (const auto& set : naive_sets(graph, v))
        if (unsolved.contains(v) && !(set & naive_reach(graph, v)).intersects(unsolved)) {
          unsolved.erase(v);
          progress = true;
        }
  }
  return unsolved;
}

// Theorem 2: is there a family of sets, one for each node, with no two nodes in each other's sets?
bool naive_family(const std::vector<std::vector<NodeSet>>& sets, std::vector<NodeSet>& chosen) {
  const auto v = chosen.size();
  if (v == sets.size()) return true;
  for (const auto& set : sets[v]) {
    bool fits = true;
    for (const NodeId w : set)
      if (static_cast<std::size_t>(w) < v &&
          chosen[static_cast<std::size_t>(w)].contains(static_cast<NodeId>(v)))
        fits = false;
    if (!fits) continue;
    chosen.push_back(set);
    if (naive_family(sets, chosen)) return true;
    chosen.pop_back();
  }
  return false;
}

void expect_agreement(const Graph& graph) {
  SCOPED_TRACE(write_graph(graph));
  const auto answer = half_trek_criterion(graph).value();
  EXPECT_EQ(answer.unsolved, naive_unsolved(graph));
  std::vector<std::vector<NodeSet>> sets;
  for (NodeId v = 0; static_cast<std::size_t>(v) < graph.node_count(); ++v) {
    sets.push_back(naive_sets(graph, v));
    EXPECT_EQ(half_trek_reach(graph, v), naive_reach(graph, v));
  }
  std::vector<NodeSet> chosen;
  const bool family = naive_family(sets, chosen);
  EXPECT_EQ(half_trek_cover(graph).value() == graph.directed_edges().size(), family);
  EXPECT_EQ(answer.verdict, answer.unsolved.empty() ? HalfTrekVerdict::identifiable
                            : family                ? HalfTrekVerdict::inconclusive
                                                    : HalfTrekVerdict::infinite_to_one);
  // Each step's set is one of those, and uses only what is solved.
  auto solved = graph.all_nodes();
  for (const auto& step : answer.solved) solved.erase(step.node);
  solved -= answer.unsolved;
  for (const auto& [node, sources] : answer.solved) {
    const auto& valid = sets[static_cast<std::size_t>(node)];
    EXPECT_NE(std::find(valid.begin(), valid.end(), sources), valid.end());
    EXPECT_TRUE((sources & half_trek_reach(graph, node)).is_subset_of(solved));
    solved.insert(node);
  }
}

TEST(HalfTrek, AgreesWithItsDefinitionOnAllGraphsOfThreeNodes) {
  int graphs = 0;
  test::for_each_admg(3, [&](const Graph& graph) {
    expect_agreement(graph);
    ++graphs;
  });
  EXPECT_EQ(graphs, 25 * 8);
}

TEST(HalfTrek, AgreesWithItsDefinitionOnRandomGraphsOfFourAndFiveNodes) {
  Rng rng(1, stream_of("half-trek"));
  for (int trial = 0; trial < 400; ++trial)
    expect_agreement(
        random_admg(4 + rng.below(2), 0.3 + 0.4 * rng.uniform(), 0.1 + 0.4 * rng.uniform(), rng));
}

TEST(HalfTrek, SystemsAreThoseOfTheEnumeration) {
  Rng rng(2, stream_of("half-trek"));
  for (int trial = 0; trial < 60; ++trial) {
    const auto graph = random_admg(4, 0.4, 0.3, rng);
    const auto half_treks = naive_half_treks(graph);
    for (const auto& from : all_subsets(4))
      for (const auto& to : all_subsets(4)) {
        const auto used = half_trek_system(graph, from, to);
        ASSERT_EQ(used.has_value(), naive_system(half_treks, from, to)) << write_graph(graph);
        if (!used) continue;
        EXPECT_EQ(used->size(), to.size());
        EXPECT_TRUE(used->is_subset_of(from));
        EXPECT_TRUE(naive_system(half_treks, *used, to));
      }
  }
}

TEST(HalfTrek, TrekReachIsWhereCovariancesAreNotZero) {
  const auto graph = graph_of("a -> b; b <-> c; c -> d; e -> d; f");
  const auto names = [&](std::string_view text) {
    NodeSet set;
    for (const char letter : text) set.insert(graph.require(std::string(1, letter)).value());
    return set;
  };
  EXPECT_EQ(trek_reach(graph, graph.require("a").value()), names("ab"));
  EXPECT_EQ(trek_reach(graph, graph.require("b").value()), names("abcd"));
  EXPECT_EQ(trek_reach(graph, graph.require("d").value()), names("bcde"));
  EXPECT_EQ(trek_reach(graph, graph.require("f").value()), names("f"));
}

TEST(HalfTrek, KnowsTheBowAndTheInstrument) {
  EXPECT_EQ(half_trek_criterion(graph_of("x -> y; x <-> y"))->verdict,
            HalfTrekVerdict::infinite_to_one);
  EXPECT_EQ(half_trek_criterion(graph_of("z -> x -> y; x <-> y"))->verdict,
            HalfTrekVerdict::identifiable);
  EXPECT_EQ(half_trek_criterion(Graph())->verdict, HalfTrekVerdict::identifiable);
}

TEST(HalfTrek, RefusesLatentNodesAndLargeGraphs) {
  const auto latent = half_trek_criterion(graph_of("u [latent]; u -> x; u -> y"));
  ASSERT_FALSE(latent);
  EXPECT_EQ(latent.error().code, ErrorCode::invalid_argument);
  EXPECT_NE(latent.error().message.find("'u' is latent"), std::string::npos);
  Limits limits;
  limits.half_trek_nodes = 2;
  EXPECT_TRUE(half_trek_criterion(graph_of("a -> b"), limits));
  EXPECT_EQ(half_trek_criterion(graph_of("a -> b -> c"), limits).error().code,
            ErrorCode::limit_exceeded);
}

TEST(HalfTrek, StopsWhenCancelled) {
  CancellationSource source;
  source.cancel();
  EXPECT_EQ(half_trek_criterion(graph_of("x -> y; x <-> y"), {}, source.token()).error().code,
            ErrorCode::cancelled);
  EXPECT_EQ(half_trek_cover(graph_of("x -> y"), source.token()).error().code, ErrorCode::cancelled);
}

}  // namespace
}  // namespace causal_gym

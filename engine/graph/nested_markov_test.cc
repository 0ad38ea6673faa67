// Fixing, intrinsic sets and arid projections against the definitions, one fixable node at a time.
#include "engine/graph/nested_markov.h"

#include <gtest/gtest.h>

#include <set>

#include "engine/graph/relations.h"
#include "engine/graph/surgery.h"
#include "engine/graph/test_graphs.h"

namespace causal_gym {
namespace {

using test::graph_of;

// Can v be fixed when `within` is what is not fixed yet: is no other node of its district below it?
bool can_be_fixed(const Graph& graph, NodeId v, const NodeSet& within) {
  const auto ids = within.to_vector();
  const auto part = induced_subgraph(graph, within);
  const auto place = static_cast<NodeId>(std::find(ids.begin(), ids.end(), v) - ids.begin());
  for (const auto& district : districts(part))
    if (district.contains(place)) return (district & descendants(part, {place})).size() == 1;
  return false;
}

// Every set that fixing reaches, in any order.
std::set<std::vector<NodeId>> reachable_sets(const Graph& graph) {
  std::set<std::vector<NodeId>> reached = {graph.all_nodes().to_vector()};
  std::vector<NodeSet> open = {graph.all_nodes()};
  while (!open.empty()) {
    const auto within = open.back();
    open.pop_back();
    for (const NodeId v : within) {
      const auto rest = within - NodeSet{v};
      if (can_be_fixed(graph, v, within) && reached.insert(rest.to_vector()).second)
        open.push_back(rest);
    }
  }
  return reached;
}

void expect_definitions(const Graph& graph) {
  const auto reached = reachable_sets(graph);
  std::set<std::vector<NodeId>> intrinsic;
  for (const auto& ids : reached) {
    const NodeSet set{std::span<const NodeId>(ids)};
    if (districts(graph, set).size() == 1) intrinsic.insert(ids);
  }
  const auto listed = intrinsic_sets(graph, 1'000);
  EXPECT_TRUE(listed.complete);
  std::set<std::vector<NodeId>> found;
  for (const auto& set : listed.sets) found.insert(set.to_vector());
  EXPECT_EQ(found, intrinsic) << write_graph(graph);
  EXPECT_EQ(listed.sets.size(), intrinsic.size());
  for (const NodeId a : graph.all_nodes())
    for (const NodeId b : graph.all_nodes()) {
      const NodeSet wanted = {a, b};
      NodeSet smallest = graph.all_nodes();
      for (const auto& ids : reached) {
        const NodeSet set{std::span<const NodeId>(ids)};
        if (wanted.is_subset_of(set)) smallest &= set;
      }
      EXPECT_EQ(reachable_closure(graph, wanted), smallest) << write_graph(graph);
    }
}

TEST(NestedMarkov, ClosuresAndIntrinsicSetsAreThoseOfTheDefinitionOnEveryAdmgOfThreeNodes) {
  test::for_each_admg(3, expect_definitions);
}

TEST(NestedMarkov, ClosuresAndIntrinsicSetsAreThoseOfTheDefinitionOnRandomAdmgs) {
  Rng rng(8, 0);
  for (int i = 0; i < 100; ++i) expect_definitions(test::random_graph({6, 0.4, 0.3, 0}, rng));
}

TEST(NestedMarkov, AridProjectionIsAridAndProjectsToItself) {
  Rng rng(9, 0);
  for (int i = 0; i < 200; ++i) {
    const auto graph = test::random_graph({6, 0.4, 0.3, 0}, rng);
    const auto arid = maximal_arid_projection(graph).value();
    EXPECT_EQ(write_graph(maximal_arid_projection(arid).value()), write_graph(arid));
    for (NodeId v = 0; v < 6; ++v) EXPECT_EQ(reachable_closure(arid, {v}), NodeSet{v});
    // The two have the same separations, since the nested model fixes them.
    for (NodeId b = 1; b < 6; ++b)
      for (const NodeSet& z : {NodeSet{}, NodeSet{1}, NodeSet{2, 3}, NodeSet{1, 4, 5}})
        EXPECT_EQ(test::separated_by_moralisation(graph, {0}, {b}, z - NodeSet{b}),
                  test::separated_by_moralisation(arid, {0}, {b}, z - NodeSet{b}));
  }
}

TEST(NestedMarkov, TheVermaGraphIsNotSaturatedThoughOneEdgeMakesItSo) {
  EXPECT_FALSE(is_nonparametrically_saturated(graph_of("a -> b -> c -> d; b <-> d")).value());
  EXPECT_TRUE(is_nonparametrically_saturated(graph_of("a -> b -> c -> d; b <-> d; a -> c; a -> d"))
                  .value());
  EXPECT_TRUE(is_nonparametrically_saturated(Graph()).value());
}

TEST(NestedMarkov, ListsAtMostTheLimitAndSaysSo) {
  const auto graph = graph_of("a <-> b; b <-> c; c <-> d");
  const auto all = intrinsic_sets(graph, 100);
  EXPECT_TRUE(all.complete);
  EXPECT_EQ(all.sets.size(), 10U);  // the connected subsets of a path of four
  const auto some = intrinsic_sets(graph, 9);
  EXPECT_FALSE(some.complete);
  EXPECT_EQ(some.sets.size(), 9U);
  EXPECT_TRUE(intrinsic_sets(graph, 10).complete);
}

}  // namespace
}  // namespace causal_gym

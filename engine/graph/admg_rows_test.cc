// Rows of bits against the graph's own relations, surgery, projection and separation.
#include "engine/graph/admg_rows.h"

#include <gtest/gtest.h>

#include "engine/graph/random_graph.h"
#include "engine/graph/relations.h"
#include "engine/graph/separation.h"
#include "engine/graph/surgery.h"
#include "engine/graph/text.h"

namespace causal_gym {
namespace {

NodeSet random_subset(const NodeSet& of, Rng& rng) {
  NodeSet subset;
  for (const NodeId v : of)
    if (rng.below(3) == 0) subset.insert(v);
  return subset;
}

TEST(AdmgRows, ProjectLatentNodesAwayAndKeepTheIds) {
  const auto graph = parse_graph("u [latent]; x; u -> x; u -> m; x -> m; m -> y; x <-> y").value();
  const auto rows = admg_rows(graph).value();
  const auto id = [&](std::string_view name) { return graph.require(name).value(); };
  EXPECT_EQ(rows.nodes, graph.observed_nodes());
  EXPECT_TRUE(rows.parents[0].empty() && rows.children[0].empty() && rows.spouses[0].empty());
  EXPECT_EQ(rows.spouses[static_cast<std::size_t>(id("x"))], (NodeSet{id("m"), id("y")}));
  EXPECT_EQ(rows.order, (std::vector<NodeId>{id("x"), id("m"), id("y")}));
}

TEST(AdmgRows, ProjectedOntoSomeNodesAreTheRowsOfAGraphWhereTheOthersAreLatent) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Rng rng(seed, stream_of("projected rows"));
    const auto graph = random_admg(2 + seed % 9, 0.3, 0.15, rng);
    const auto hidden = random_subset(graph.all_nodes(), rng);
    std::vector<Node> nodes{graph.nodes().begin(), graph.nodes().end()};
    for (const NodeId v : hidden) nodes[static_cast<std::size_t>(v)].latent = true;
    const auto marked =
        Graph::create(std::move(nodes),
                      {graph.directed_edges().begin(), graph.directed_edges().end()},
                      {graph.bidirected_edges().begin(), graph.bidirected_edges().end()})
            .value();
    const auto expected = admg_rows(marked).value();
    const auto rows = projected_onto(admg_rows(graph).value(), graph.all_nodes() - hidden);
    EXPECT_EQ(rows.nodes, expected.nodes) << seed;
    EXPECT_EQ(rows.parents, expected.parents) << seed;
    EXPECT_EQ(rows.children, expected.children) << seed;
    EXPECT_EQ(rows.spouses, expected.spouses) << seed;
    EXPECT_EQ(rows.order, expected.order) << seed;
  }
}

TEST(AdmgRows, RelationsInASubgraphAreThoseOfTheInducedGraph) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Rng rng(seed, stream_of("admg rows"));
    const auto graph = random_admg(2 + seed % 9, 0.3, 0.2, rng);
    const auto rows = admg_rows(graph).value();
    const auto within = random_subset(graph.all_nodes(), rng) | NodeSet{0};
    const auto inside = within.to_vector();
    const auto induced = induced_subgraph(graph, within);
    const auto lifted = [&](const NodeSet& set) {
      NodeSet result;
      for (const NodeId v : set) result.insert(inside[static_cast<std::size_t>(v)]);
      return result;
    };
    EXPECT_EQ(ancestors(rows, {0}, within), lifted(ancestors(induced, NodeSet{0}))) << seed;
    EXPECT_EQ(descendants(rows, {0}, within), lifted(descendants(induced, NodeSet{0}))) << seed;
    const auto expected = districts(induced);
    const auto found = districts(rows, within);
    ASSERT_EQ(found.size(), expected.size()) << seed;
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i], lifted(expected[i]));
  }
}

TEST(AdmgRows, SeparationAfterSurgeryIsThatOfTheGraphThatWasCut) {
  int separations = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    Rng rng(seed, stream_of("mutilated rows"));
    const auto graph = random_admg(2 + seed % 8, 0.3, 0.2, rng);
    const auto rows = admg_rows(graph).value();
    const auto all = graph.all_nodes();
    const auto x = random_subset(all, rng);
    const auto y = random_subset(all - x, rng);
    const auto z = random_subset(all - x - y, rng);
    const auto in = random_subset(all, rng);
    const auto out = random_subset(all, rng);
    const auto cut = cut_outgoing(cut_incoming(graph, in), out);
    const MutilatedRows mutilated{rows, all, in, out};
    EXPECT_EQ(connected_nodes(mutilated, x, z), connected_nodes(cut, x, z)) << seed;
    const bool expected = separation(cut, x, y, z).value().separated;
    EXPECT_EQ(separated(mutilated, x, y, z), expected) << seed;
    separations += expected ? 1 : 0;
  }
  EXPECT_GT(separations, 200);
  EXPECT_LT(separations, 1800);
}

}  // namespace
}  // namespace causal_gym

// Cheapest repairs: each one makes the effect identifiable in the graph that it leads to, and no
// smaller one does.
#include "engine/identify/repairs.h"

#include <gtest/gtest.h>

#include "engine/graph/random_graph.h"
#include "engine/identify/gid.h"
#include "engine/identify/test_sets.h"

namespace causal_gym {
namespace {

using test::causal_graph;
using test::named;

std::vector<std::string> repair_texts(const Graph& graph, const std::string& x,
                                      const std::string& y) {
  const auto listing = cheapest_repairs(graph, {named(graph, x), named(graph, y), {}}).value();
  std::vector<std::string> texts;
  for (const auto& repair : listing.repairs) texts.push_back(repair_text(graph, repair));
  return texts;
}

// The graph after measuring: a common cause is a node of its own, which is seen.
Graph after_measuring(const Graph& graph, const Repair& repair) {
  std::vector<Node> nodes(graph.nodes().begin(), graph.nodes().end());
  for (const NodeId v : repair.measured) nodes[static_cast<std::size_t>(v)].latent = false;
  std::vector<Edge> directed(graph.directed_edges().begin(), graph.directed_edges().end());
  std::vector<Edge> bidirected;
  for (const auto& edge : graph.bidirected_edges()) {
    if (std::find(repair.measured_causes.begin(), repair.measured_causes.end(), edge) ==
        repair.measured_causes.end()) {
      bidirected.push_back(edge);
      continue;
    }
    const auto cause = static_cast<NodeId>(nodes.size());
    nodes.emplace_back();
    nodes.back().name = "cause" + std::to_string(cause);
    directed.push_back({cause, edge.from});
    directed.push_back({cause, edge.to});
  }
  return Graph::create(nodes, directed, bidirected).value();
}

bool repaired(const Graph& graph, const EffectTarget& target, const Repair& repair) {
  std::vector<AvailableDistribution> available(1);
  if (!repair.randomised.empty()) {
    available.emplace_back();
    available.back().intervened = repair.randomised;
  }
  return identify_from(after_measuring(graph, repair), target, available).value().verdict ==
         Verdict::identifiable;
}

TEST(CheapestRepairs, OfABowAreItsCauseAndItsTreatment) {
  EXPECT_EQ(repair_texts(causal_graph("x -> y; x <-> y"), "x", "y"),
            (std::vector<std::string>{"measure the common cause of x and y", "randomise x"}));
}

TEST(CheapestRepairs, NameLatentNodesThatMayBeMeasured) {
  const auto texts = repair_texts(causal_graph("u [latent]; u -> x; u -> y; x -> y"), "x", "y");
  EXPECT_EQ(texts, (std::vector<std::string>{"measure u", "randomise x"}));
}

TEST(CheapestRepairs, AreTwoChangesWhereOneDoesNot) {
  // x1 and x2 each form a bow with y.
  const auto graph = causal_graph("x1 -> y; x2 -> y; x1 <-> y; x2 <-> y");
  const auto listing =
      cheapest_repairs(graph, {named(graph, "x1 x2"), named(graph, "y"), {}}).value();
  EXPECT_EQ(listing.changes, 2U);
  EXPECT_FALSE(listing.repairs.empty());
}

TEST(CheapestRepairs, AreNoneForAnIdentifiableEffect) {
  EXPECT_TRUE(repair_texts(causal_graph("x -> m -> y; x <-> y"), "x", "y").empty());
}

TEST(CheapestRepairs, SayWhenTheLimitEndsTheSearch) {
  const auto graph = causal_graph("x -> y; x <-> y");
  RepairLimits limits;
  limits.tried = 1;
  const auto listing =
      cheapest_repairs(graph, {named(graph, "x"), named(graph, "y"), {}}, limits).value();
  EXPECT_FALSE(listing.complete);
}

TEST(CheapestRepairs, RepairRandomGraphsAndAreSmallest) {
  int repairs = 0;
  int pairs_of_changes = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Rng rng(seed, stream_of("repairs"));
    const auto graph = random_admg(4 + seed % 3, 0.5, 0.45, rng);
    const EffectTarget target{
        {graph.topological_order()[0]}, {graph.topological_order().back()}, {}};
    if (identify_effect(graph, target).value().verdict == Verdict::identifiable) continue;
    RepairLimits limits;
    limits.listed = limits.tried = 10'000;
    const auto listing = cheapest_repairs(graph, target, limits).value();
    ASSERT_TRUE(listing.complete) << seed;
    ASSERT_FALSE(listing.repairs.empty()) << seed;
    for (const auto& repair : listing.repairs) {
      ASSERT_TRUE(repaired(graph, target, repair)) << seed << " " << repair_text(graph, repair);
      ASSERT_EQ(repair.measured.size() + repair.measured_causes.size() + repair.randomised.size(),
                listing.changes);
      ++repairs;
    }
    // Every single change that repairs is listed.
    for (const auto& edge : graph.bidirected_edges()) {
      const Repair single{{}, {edge}, {}};
      const bool found = std::find(listing.repairs.begin(), listing.repairs.end(), single) !=
                         listing.repairs.end();
      EXPECT_EQ(found, listing.changes == 1 && repaired(graph, target, single)) << seed;
    }
    pairs_of_changes += listing.changes == 2 ? 1 : 0;
  }
  EXPECT_GT(repairs, 50);
  EXPECT_EQ(pairs_of_changes, 0) << "randomising a single treatment always repairs";
}

}  // namespace
}  // namespace causal_gym

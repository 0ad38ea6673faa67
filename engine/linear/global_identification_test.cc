// Global identification against its definition over all node sets, on all mixed graphs of up to
// four nodes.
#include "engine/linear/global_identification.h"

#include <gtest/gtest.h>

#include "engine/linear/test_models.h"

namespace causal_gym {
namespace {

// Do the edges inside the set, taken in both directions, join all of it?
bool is_joined(const Graph& graph, const NodeSet& set) {
  NodeSet reached{*set.begin()};
  for (std::size_t round = 0; round < set.size(); ++round)
    for (const auto& [a, b] : graph.bidirected_edges()) {
      if (!set.contains(a) || !set.contains(b)) continue;
      if (reached.contains(a) || reached.contains(b)) reached |= NodeSet{a, b};
    }
  return reached == set;
}

bool converges_to(const Graph& graph, const NodeSet& set, NodeId root) {
  NodeSet reaching{root};
  for (std::size_t round = 0; round < set.size(); ++round)
    for (const auto& [from, to] : graph.directed_edges())
      if (set.contains(from) && reaching.contains(to)) reaching.insert(from);
  return reaching == set;
}

bool is_witness(const Graph& graph, const NodeSet& set, NodeId root) {
  return set.size() > 1 && set.contains(root) && is_joined(graph, set) &&
         converges_to(graph, set, root);
}

bool naive(const Graph& graph) {
  const auto n = graph.node_count();
  for (std::size_t mask = 0; mask < std::size_t{1} << n; ++mask) {
    NodeSet set;
    for (std::size_t v = 0; v < n; ++v)
      if ((mask >> v & 1) != 0) set.insert(static_cast<NodeId>(v));
    for (const NodeId root : set)
      if (is_witness(graph, set, root)) return false;
  }
  return true;
}

TEST(GlobalIdentification, AgreesWithItsDefinitionAndShowsAWitness) {
  int identifiable = 0;
  for (std::size_t n = 1; n <= 4; ++n)
    test::for_each_admg(n, [&](const Graph& graph) {
      const auto answer = global_identification(graph).value();
      EXPECT_EQ(answer.identifiable, naive(graph)) << write_graph(graph);
      if (answer.identifiable) {
        ++identifiable;
      } else {
        EXPECT_TRUE(is_witness(graph, answer.nodes, answer.root)) << write_graph(graph);
      }
    });
  EXPECT_GT(identifiable, 0);
}

TEST(GlobalIdentification, ABowIsItsOwnWitness) {
  const auto answer = global_identification(test::graph_of("z -> x -> y; x <-> y")).value();
  EXPECT_FALSE(answer.identifiable);
  EXPECT_EQ(answer.root, 2);
  EXPECT_EQ(answer.nodes, (NodeSet{1, 2}));
}

TEST(GlobalIdentification, RefusesLatentNodes) {
  EXPECT_EQ(global_identification(test::graph_of("u [latent]; u -> x")).error().code,
            ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace causal_gym

#include "engine/graph/random_graph.h"

#include <numeric>

#include "engine/base/check.h"

namespace causal_gym {
namespace {

std::string node_name(std::size_t i) {
  return i < 26 ? std::string(1, static_cast<char>('a' + i)) : "v" + std::to_string(i);
}

// Fisher-Yates.
std::vector<NodeId> random_order(std::size_t count, Rng& rng) {
  std::vector<NodeId> order(count);
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = count; i > 1; --i) std::swap(order[i - 1], order[rng.below(i)]);
  return order;
}

}  // namespace

Graph random_dag(std::size_t node_count, double edge_probability, Rng& rng) {
  return random_admg(node_count, edge_probability, 0, rng);
}

Graph random_admg(std::size_t node_count, double edge_probability, double bidirected_probability,
                  Rng& rng) {
  std::vector<Node> nodes(node_count);
  for (std::size_t i = 0; i < node_count; ++i) nodes[i].name = node_name(i);
  const auto order = random_order(node_count, rng);
  std::vector<Edge> directed;
  std::vector<Edge> bidirected;
  for (std::size_t j = 1; j < node_count; ++j)
    for (std::size_t i = 0; i < j; ++i) {
      if (rng.uniform() < edge_probability) directed.push_back({order[i], order[j]});
      if (rng.uniform() < bidirected_probability) bidirected.push_back({order[i], order[j]});
    }
  auto graph = Graph::create(std::move(nodes), std::move(directed), std::move(bidirected));
  CHECK(graph.has_value());
  return *std::move(graph);
}

}  // namespace causal_gym

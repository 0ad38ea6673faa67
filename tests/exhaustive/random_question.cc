#include "tests/exhaustive/random_question.h"

#include "engine/graph/random_graph.h"

namespace causal_gym {
namespace {

Graph with_latent_nodes(const Graph& graph, double probability, Rng& rng) {
  std::vector<Node> nodes(graph.nodes().begin(), graph.nodes().end());
  for (auto& node : nodes) node.latent = rng.uniform() < probability;
  return *Graph::create(nodes, {graph.directed_edges().begin(), graph.directed_edges().end()},
                        {graph.bidirected_edges().begin(), graph.bidirected_edges().end()});
}

}  // namespace

NodeSet random_subset(const NodeSet& set, std::size_t size, Rng& rng) {
  auto rest = set.to_vector();
  NodeSet result;
  while (result.size() < size && !rest.empty()) {
    const auto i = rng.below(rest.size());
    result.insert(rest[i]);
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return result;
}

std::optional<Question> random_question(Rng& rng) {
  const auto n = 5 + rng.below(5);
  const auto density = 0.2 + 0.3 * rng.uniform();
  const bool plain = rng.below(2) == 0;  // one treatment, one outcome, hardly a latent node
  auto graph = plain || rng.below(2) == 0
                   ? with_latent_nodes(random_dag(n, density, rng), plain ? 0.05 : 0.3, rng)
                   : random_admg(std::min<std::size_t>(n, 6), density, 0.2, rng);
  const auto observed = graph.observed_nodes();
  const auto x = random_subset(observed, plain ? 1 : 1 + rng.below(2), rng);
  const auto y = random_subset(observed - x, plain ? 1 : 1 + rng.below(2), rng);
  if (x.empty() || y.empty()) return std::nullopt;
  return Question{graph, x, y, observed - x - y};
}

}  // namespace causal_gym

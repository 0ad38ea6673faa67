#include "engine/graph/graph_distance.h"

#include <algorithm>

#include "engine/graph/surgery.h"

namespace causal_gym {
namespace {

using Kind = EdgeDifference::Kind;

double share(std::size_t part, std::size_t whole) {
  return whole == 0 ? 1 : static_cast<double>(part) / static_cast<double>(whole);
}

void compare_directed(const Graph& truth, const Graph& guess,
                      std::vector<EdgeDifference>& differences) {
  for (const auto& [a, b] : truth.directed_edges()) {
    if (guess.has_edge(a, b)) continue;
    differences.push_back({a, b, guess.has_edge(b, a) ? Kind::reversed : Kind::missing});
  }
  for (const auto& [a, b] : guess.directed_edges())
    if (!truth.has_edge(a, b) && !truth.has_edge(b, a)) differences.push_back({a, b, Kind::extra});
}

void compare_bidirected(const Graph& truth, const Graph& guess,
                        std::vector<EdgeDifference>& differences) {
  for (const auto& [a, b] : truth.bidirected_edges())
    if (!guess.has_bidirected_edge(a, b)) differences.push_back({a, b, Kind::missing_bidirected});
  for (const auto& [a, b] : guess.bidirected_edges())
    if (!truth.has_bidirected_edge(a, b)) differences.push_back({a, b, Kind::extra_bidirected});
}

}  // namespace

std::string_view edge_difference_name(Kind kind) {
  switch (kind) {
    case Kind::missing: return "missing";
    case Kind::extra: return "extra";
    case Kind::reversed: return "reversed";
    case Kind::missing_bidirected: return "missing_bidirected";
    case Kind::extra_bidirected: return "extra_bidirected";
  }
  return "";
}

Result<GraphDistance> graph_distance(const Graph& truth, const Graph& guess) {
  CAUSAL_GYM_TRY(matched, numbered_like(guess, truth));
  GraphDistance distance;
  auto& differences = distance.differences;
  compare_directed(truth, matched, differences);
  const auto by_nodes = [](const EdgeDifference& x, const EdgeDifference& y) {
    return std::pair(x.a, x.b) < std::pair(y.a, y.b);
  };
  const auto directed = static_cast<std::ptrdiff_t>(differences.size());
  std::sort(differences.begin(), differences.end(), by_nodes);
  compare_bidirected(truth, matched, differences);
  std::sort(differences.begin() + directed, differences.end(), by_nodes);
  distance.structural_hamming = differences.size();
  const auto n = truth.node_count();
  const bool has_arcs = !truth.bidirected_edges().empty() || !guess.bidirected_edges().empty();
  if (n > 1) distance.normalised = share(differences.size(), n * (n - 1) / 2 * (has_arcs ? 2 : 1));
  const auto right = static_cast<std::size_t>(
      std::count_if(truth.directed_edges().begin(), truth.directed_edges().end(),
                    [&](const Edge& edge) { return matched.has_edge(edge.from, edge.to); }));
  const auto true_edges = truth.directed_edges().size();
  const auto guessed_edges = guess.directed_edges().size();
  distance.precision = share(right, guessed_edges);
  distance.recall = share(right, true_edges);
  distance.f1 = share(2 * right, true_edges + guessed_edges);
  return distance;
}

}  // namespace causal_gym

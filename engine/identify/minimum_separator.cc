#include "engine/identify/minimum_separator.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/identify/minimal_separators.h"

namespace causal_gym {
namespace {

constexpr double unlimited = std::numeric_limits<double>::infinity();

// Dinic's max-flow: levels by breadth-first search, then a blocking flow along them.
class FlowNetwork {
 public:
  explicit FlowNetwork(std::size_t points) : arcs_at_(points), level_(points), next_(points) {}

  void join(std::size_t from, std::size_t to, double capacity) {
    arcs_at_[from].push_back(arcs_.size());
    arcs_.push_back({to, capacity});
    arcs_at_[to].push_back(arcs_.size());
    arcs_.push_back({from, 0});
  }

  // No path from source to sink may be of unlimited capacity. Each round lengthens the shortest
  // path that is left, so that there are no more rounds than points.
  Status saturate(std::size_t source, std::size_t sink, const CancellationToken& cancellation) {
    while (find_levels(source, sink)) {
      CAUSAL_GYM_CHECKED(cancellation.check());
      std::fill(next_.begin(), next_.end(), 0);
      while (push_along_one_path(source, sink)) {
      }
    }
    return {};
  }

  // After saturate: can more flow get from the source to the point?
  [[nodiscard]] bool reached(std::size_t point) const { return level_[point] != unseen; }

 private:
  static constexpr std::size_t unseen = std::numeric_limits<std::size_t>::max();
  struct Arc {
    std::size_t to = 0;
    double left = 0;  // capacity that is left
  };

  bool find_levels(std::size_t source, std::size_t sink) {
    std::fill(level_.begin(), level_.end(), unseen);
    level_[source] = 0;
    std::vector<std::size_t> queue{source};
    for (std::size_t i = 0; i < queue.size(); ++i)
      for (const auto a : arcs_at_[queue[i]]) {
        const auto& arc = arcs_[a];
        if (arc.left <= 0 || level_[arc.to] != unseen) continue;
        level_[arc.to] = level_[queue[i]] + 1;
        queue.push_back(arc.to);
      }
    return level_[sink] != unseen;
  }

  bool push_along_one_path(std::size_t source, std::size_t sink) {
    path_.clear();
    std::size_t point = source;
    while (point != sink) {
      if (const auto arc = next_arc(point)) {
        path_.push_back(*arc);
        point = arcs_[*arc].to;
        continue;
      }
      if (path_.empty()) return false;
      point = arcs_[path_.back() ^ 1].to;  // a dead end: back, and never here again
      path_.pop_back();
      ++next_[point];
    }
    double amount = unlimited;
    for (const auto a : path_) amount = std::min(amount, arcs_[a].left);
    for (const auto a : path_) {
      arcs_[a].left -= amount;
      arcs_[a ^ 1].left += amount;
    }
    return true;
  }

  std::optional<std::size_t> next_arc(std::size_t point) {
    for (auto& i = next_[point]; i < arcs_at_[point].size(); ++i) {
      const auto& arc = arcs_[arcs_at_[point][i]];
      if (arc.left > 0 && level_[arc.to] == level_[point] + 1) return arcs_at_[point][i];
    }
    return std::nullopt;
  }

  std::vector<Arc> arcs_;  // arc i and its way back i ^ 1 are neighbours
  std::vector<std::vector<std::size_t>> arcs_at_;
  std::vector<std::size_t> level_;
  std::vector<std::size_t> next_;
  std::vector<std::size_t> path_;
};

Status check_weights(const Graph& graph, std::span<const double> weights) {
  if (weights.empty()) return {};
  if (weights.size() != graph.node_count())
    return fail(ErrorCode::invalid_argument, "there are " + std::to_string(weights.size()) +
                                                 " weights for " +
                                                 std::to_string(graph.node_count()) + " nodes");
  for (NodeId v = 0; static_cast<std::size_t>(v) < weights.size(); ++v) {
    const double weight = weights[static_cast<std::size_t>(v)];
    if (!std::isfinite(weight) || weight < 0)
      return fail(ErrorCode::invalid_argument,
                  "the weight of '" + graph.name(v) + "' is negative or not finite");
  }
  return {};
}

}  // namespace

Result<std::optional<NodeSet>> find_minimum_separator(
    const Graph& graph, const NodeSet& x, const NodeSet& y, const SeparatorBounds& bounds,
    std::span<const double> weights, const EdgeCut& cut, const CancellationToken& cancellation) {
  // The flow runs from y to x, so that what it reaches ends at the cut nearest to y.
  const PoleGraph poles(graph, y, x, bounds, cut);
  CAUSAL_GYM_CHECKED(check_weights(graph, weights));
  if (poles.joined()) return std::nullopt;
  // Points: the cells, then an entry and an exit for each candidate, then source and sink.
  const auto candidates = poles.candidates().to_vector();
  const auto entry = [&](std::size_t i) { return poles.cell_count() + 2 * i; };
  const auto source = entry(candidates.size());
  const auto sink = source + 1;
  FlowNetwork network(sink + 1);
  for (const CellId cell : poles.x_cells())
    network.join(source, static_cast<std::size_t>(cell), unlimited);
  for (const CellId cell : poles.y_cells())
    network.join(static_cast<std::size_t>(cell), sink, unlimited);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const auto v = static_cast<std::size_t>(candidates[i]);
    network.join(entry(i), entry(i) + 1, weights.empty() ? 1 : weights[v]);
    for (const CellId cell : poles.cells(candidates[i])) {
      network.join(static_cast<std::size_t>(cell), entry(i), unlimited);
      network.join(entry(i) + 1, static_cast<std::size_t>(cell), unlimited);
    }
  }
  CAUSAL_GYM_CHECKED(network.saturate(source, sink, cancellation));
  NodeSet cut_nodes;
  for (std::size_t i = 0; i < candidates.size(); ++i)
    if (network.reached(entry(i)) && !network.reached(entry(i) + 1))
      cut_nodes.insert(candidates[i]);
  // Nodes that weigh nothing may be in the cut without need.
  return find_minimal_separator(graph, x, y, {bounds.must, cut_nodes}, cut);
}

}  // namespace causal_gym

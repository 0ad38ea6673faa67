#include "engine/graph/flow_network.h"

#include <algorithm>

namespace causal_gym {

void FlowNetwork::add_arc(std::size_t from, std::size_t to, double capacity) {
  rows_[from].push_back(static_cast<std::uint32_t>(arcs_.size()));
  arcs_.push_back({to, capacity});
  rows_[to].push_back(static_cast<std::uint32_t>(arcs_.size()));
  arcs_.push_back({from, 0});
}

bool FlowNetwork::find_levels(std::size_t source, std::size_t sink) {
  level_.assign(rows_.size(), -1);
  level_[source] = 0;
  std::vector<std::size_t> queue = {source};
  for (std::size_t place = 0; place < queue.size(); ++place)
    for (const auto id : rows_[queue[place]]) {
      const auto& arc = arcs_[id];
      if (arc.left <= 0 || level_[arc.to] >= 0) continue;
      level_[arc.to] = level_[queue[place]] + 1;
      queue.push_back(arc.to);
    }
  return level_[sink] >= 0;
}

// Depth-first along increasing levels; 0 when no path is left in this phase.
double FlowNetwork::push_one_path(std::size_t source, std::size_t sink) {
  std::vector<std::uint32_t> path;
  auto v = source;
  while (v != sink) {
    if (next_[v] < rows_[v].size()) {
      const auto id = rows_[v][next_[v]];
      const auto& arc = arcs_[id];
      if (arc.left > 0 && level_[arc.to] == level_[v] + 1) {
        path.push_back(id);
        v = arc.to;
      } else {
        ++next_[v];
      }
    } else if (path.empty()) {
      return 0;
    } else {
      v = arcs_[path.back() ^ 1].to;
      path.pop_back();
      ++next_[v];
    }
  }
  double amount = infinite;
  for (const auto id : path) amount = std::min(amount, arcs_[id].left);
  if (amount == infinite) return infinite;
  for (const auto id : path) {
    arcs_[id].left -= amount;
    arcs_[id ^ 1].left += amount;
  }
  return amount;
}

Result<double> FlowNetwork::maximise(std::size_t source, std::size_t sink,
                                     const CancellationToken& cancellation) {
  double flow = 0;
  while (find_levels(source, sink)) {
    CAUSAL_GYM_CHECKED(cancellation.check());
    next_.assign(rows_.size(), 0);
    for (double amount = push_one_path(source, sink); amount > 0;
         amount = push_one_path(source, sink)) {
      if (amount == infinite) return infinite;
      flow += amount;
    }
  }
  return flow;
}

}  // namespace causal_gym

#include "engine/identify/directed_path.h"

#include <algorithm>

namespace causal_gym {

std::optional<Path> shortest_directed_path(const Graph& graph, const NodeSet& from,
                                           const NodeSet& to, const NodeSet& avoiding) {
  if (const auto both = from & to; !both.empty()) return Path{{*both.begin()}, {}};
  std::vector<std::optional<NodeId>> came_from(graph.node_count());
  auto queue = from.to_vector();
  auto closed = from | avoiding;
  for (std::size_t next = 0; next < queue.size(); ++next) {
    for (const NodeId child : graph.children(queue[next])) {
      if (closed.contains(child)) continue;
      closed.insert(child);
      came_from[static_cast<std::size_t>(child)] = queue[next];
      queue.push_back(child);
      if (!to.contains(child)) continue;
      Path path{{child}, {}};
      while (const auto parent = came_from[static_cast<std::size_t>(path.nodes.back())]) {
        path.nodes.push_back(*parent);
        path.steps.push_back(Step::forward);
      }
      std::reverse(path.nodes.begin(), path.nodes.end());
      return path;
    }
  }
  return std::nullopt;
}

Path joined_paths(Path first, const Path& second) {
  first.nodes.insert(first.nodes.end(), second.nodes.begin() + 1, second.nodes.end());
  first.steps.insert(first.steps.end(), second.steps.begin(), second.steps.end());
  return first;
}

}  // namespace causal_gym

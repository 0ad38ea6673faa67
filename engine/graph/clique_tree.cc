#include "engine/graph/clique_tree.h"

#include <algorithm>
#include <queue>

namespace causal_gym {
namespace {

// Maximum cardinality search: a node with most visited neighbours is next.
class CardinalitySearch {
 public:
  CardinalitySearch(const UndirectedGraph& graph, const NodeSet& within)
      : graph_(graph), within_(within), count_(graph.node_count(), 0) {
    for (const NodeId v : within) queue_.emplace(0, -v);
  }

  // -1 when all are visited.
  NodeId next() {
    while (!queue_.empty()) {
      const auto [count, minus_v] = queue_.top();
      queue_.pop();
      const NodeId v = -minus_v;
      if (visited_.contains(v) || count != count_[static_cast<std::size_t>(v)]) continue;
      visited_.insert(v);
      for (const NodeId w : graph_.neighbours(v))
        if (within_.contains(w) && !visited_.contains(w))
          queue_.emplace(++count_[static_cast<std::size_t>(w)], -w);
      return v;
    }
    return -1;
  }

 private:
  const UndirectedGraph& graph_;
  const NodeSet& within_;
  std::vector<std::int32_t> count_;
  std::priority_queue<std::pair<std::int32_t, NodeId>> queue_;  // outdated entries are passed over
  NodeSet visited_;
};

}  // namespace

CliqueTree clique_tree(const UndirectedGraph& graph, const NodeSet& within) {
  constexpr std::size_t unvisited = static_cast<std::size_t>(-1);
  CliqueTree tree;
  std::vector<std::size_t> rank(graph.node_count(), unvisited);
  std::vector<std::size_t> clique_of(graph.node_count(), 0);
  CardinalitySearch search(graph, within);
  std::size_t visited = 0;
  std::size_t last_size = 0;
  for (NodeId v = search.next(); v >= 0; v = search.next()) {
    std::vector<NodeId> earlier;
    for (const NodeId w : graph.neighbours(v))
      if (rank[static_cast<std::size_t>(w)] != unvisited) earlier.push_back(w);
    const auto latest = std::max_element(earlier.begin(), earlier.end(), [&](NodeId a, NodeId b) {
      return rank[static_cast<std::size_t>(a)] < rank[static_cast<std::size_t>(b)];
    });
    const auto parent = latest == earlier.end() ? 0 : clique_of[static_cast<std::size_t>(*latest)];
    // Only in a chordal graph are the earlier neighbours of every node a clique.
    if (tree.cliques.empty() || earlier.size() <= last_size) {
      if (!tree.cliques.empty()) {
        const auto& home = tree.cliques[parent].nodes;
        if (!std::includes(home.begin(), home.end(), earlier.begin(), earlier.end()))
          tree.chordal = false;
      }
      tree.cliques.push_back({earlier, earlier, parent});
    } else if (earlier != tree.cliques.back().nodes) {
      tree.chordal = false;
    }
    auto& clique = tree.cliques.back();
    clique.nodes.insert(std::lower_bound(clique.nodes.begin(), clique.nodes.end(), v), v);
    clique_of[static_cast<std::size_t>(v)] = tree.cliques.size() - 1;
    rank[static_cast<std::size_t>(v)] = visited++;
    last_size = earlier.size();
  }
  return tree;
}

std::vector<NodeSet> connected_components(const UndirectedGraph& graph, const NodeSet& within) {
  std::vector<NodeSet> components;
  NodeSet left = within;
  for (const NodeId start : within) {
    if (!left.contains(start)) continue;
    NodeSet component;
    std::vector<NodeId> frontier = {start};
    left.erase(start);
    while (!frontier.empty()) {
      const NodeId v = frontier.back();
      frontier.pop_back();
      component.insert(v);
      for (const NodeId w : graph.neighbours(v)) {
        if (!left.contains(w)) continue;
        left.erase(w);
        frontier.push_back(w);
      }
    }
    components.push_back(std::move(component));
  }
  return components;
}

}  // namespace causal_gym

#include "engine/graph/undirected_graph.h"

#include <algorithm>

#include "engine/graph/relations.h"
#include "engine/graph/separation.h"

namespace causal_gym {

UndirectedGraph::UndirectedGraph(std::size_t node_count, std::vector<Edge> pairs)
    : edges_(std::move(pairs)), begin_(node_count + 1, 0) {
  std::erase_if(edges_, [](const Edge& edge) { return edge.from == edge.to; });
  for (auto& edge : edges_)
    if (edge.from > edge.to) std::swap(edge.from, edge.to);
  const auto key = [](const Edge& edge) { return std::pair(edge.from, edge.to); };
  std::sort(edges_.begin(), edges_.end(),
            [&](const Edge& a, const Edge& b) { return key(a) < key(b); });
  edges_.erase(std::unique(edges_.begin(), edges_.end()), edges_.end());
  for (const auto& [a, b] : edges_) {
    ++begin_[static_cast<std::size_t>(a) + 1];
    ++begin_[static_cast<std::size_t>(b) + 1];
  }
  for (std::size_t i = 0; i < node_count; ++i) begin_[i + 1] += begin_[i];
  items_.resize(2 * edges_.size());
  auto next = begin_;
  // Smaller neighbours come first, then the larger; both in the order of the edges.
  for (const auto& [a, b] : edges_) items_[next[static_cast<std::size_t>(b)]++] = a;
  for (const auto& [a, b] : edges_) items_[next[static_cast<std::size_t>(a)]++] = b;
}

std::span<const NodeId> UndirectedGraph::neighbours(NodeId v) const {
  const auto i = static_cast<std::size_t>(v);
  return std::span(items_).subspan(begin_[i], begin_[i + 1] - begin_[i]);
}

bool UndirectedGraph::has_edge(NodeId a, NodeId b) const {
  const auto row = neighbours(a);
  return std::binary_search(row.begin(), row.end(), b);
}

UndirectedGraph skeleton(const Graph& graph) {
  std::vector<Edge> pairs(graph.directed_edges().begin(), graph.directed_edges().end());
  const auto arcs = graph.bidirected_edges();
  pairs.insert(pairs.end(), arcs.begin(), arcs.end());
  return {graph.node_count(), std::move(pairs)};
}

UndirectedGraph moral_graph(const Graph& graph) {
  std::vector<Edge> pairs;
  for (const auto& district : districts(graph)) {
    const auto clique = (district | parents(graph, district)).to_vector();
    for (std::size_t i = 0; i < clique.size(); ++i)
      for (std::size_t j = i + 1; j < clique.size(); ++j) pairs.push_back({clique[i], clique[j]});
  }
  return {graph.node_count(), std::move(pairs)};
}

UndirectedGraph dependency_graph(const Graph& graph) {
  std::vector<Edge> pairs;
  for (std::size_t i = 0; i < graph.node_count(); ++i) {
    const auto v = static_cast<NodeId>(i);
    for (const NodeId w : connected_nodes(graph, {v}, {}))
      if (v < w) pairs.push_back({v, w});
  }
  return {graph.node_count(), std::move(pairs)};
}

}  // namespace causal_gym

// An undirected graph over the nodes of a causal graph: skeletons, moral graphs, what a CPDAG
// leaves undirected.
//
// An immutable value; neighbours are stored as compressed rows. O(n + m) memory.
#pragma once

#include <span>
#include <vector>

#include "engine/graph/graph.h"

namespace causal_gym {

class UndirectedGraph {
 public:
  UndirectedGraph() = default;
  // Nodes 0 .. node_count - 1; a pair may be given in either order and more than once, and a node
  // paired with itself is left out. O(n + m log m).
  UndirectedGraph(std::size_t node_count, std::vector<Edge> pairs);

  [[nodiscard]] std::size_t node_count() const { return begin_.size() - 1; }
  // Each with from < to, in increasing order.
  [[nodiscard]] std::span<const Edge> edges() const { return edges_; }
  [[nodiscard]] std::span<const NodeId> neighbours(NodeId v) const;  // increasing
  [[nodiscard]] bool has_edge(NodeId a, NodeId b) const;

  friend bool operator==(const UndirectedGraph& a, const UndirectedGraph& b) {
    return a.begin_ == b.begin_ && a.edges_ == b.edges_;
  }

 private:
  std::vector<Edge> edges_;
  std::vector<std::size_t> begin_ = {0};  // n + 1 starts of rows
  std::vector<NodeId> items_;
};

// Which nodes are joined by an edge of any kind. O(n + m log m).
[[nodiscard]] UndirectedGraph skeleton(const Graph& graph);

// Nodes that share a district, or whose children do, or a mixture of both, are joined, besides the
// edges of the graph: the augmented graph (Richardson 2003), on a DAG the moral graph (Lauritzen et
// al. 1990). Two sets are m-separated given a third when it separates them in the augmented graph
// of the ancestors of all three. O(n + m + sum of squares of districts with their parents).
[[nodiscard]] UndirectedGraph moral_graph(const Graph& graph);

// Which nodes are connected given nothing: they share an ancestor, or a bidirected edge joins
// ancestors of both (dagitty's dependency graph). O(n (n + m)).
[[nodiscard]] UndirectedGraph dependency_graph(const Graph& graph);

}  // namespace causal_gym

// Collects the nodes and edges of a graph text, and reports what is wrong with them at its place.
// Nodes are numbered in order of first mention. O(1) per mention and edge.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/graph/graph.h"

namespace causal_gym {

class GraphBuilder {
 public:
  // `text` is what offsets point into; it and `limits` must outlive the builder.
  GraphBuilder(std::string_view text, const Limits& limits) : text_(text), limits_(limits) {}

  // The node of this name, made at its first mention.
  // Errors: invalid_argument (malformed name), limit_exceeded (nodes, length of the name).
  [[nodiscard]] Result<NodeId> mention(std::string_view name, std::size_t offset);
  // A statement of the node's own. Errors: invalid_argument when there was one before.
  [[nodiscard]] Status declare(NodeId v, std::size_t offset);
  [[nodiscard]] std::size_t node_count() const { return nodes_.size(); }
  [[nodiscard]] Node& node(NodeId v) { return nodes_[static_cast<std::size_t>(v)]; }

  // from -> to, or from <-> to. Errors: invalid_argument (self-loop, listed twice), limit_exceeded.
  [[nodiscard]] Status add_directed(NodeId from, NodeId to, std::size_t offset);
  [[nodiscard]] Status add_bidirected(NodeId a, NodeId b, std::size_t offset);
  // A repeated edge is from now on the same edge (DOT's `strict`).
  void merge_repeated_edges() { merge_repeated_edges_ = true; }

  // Errors: cyclic_graph, placed at the edge that closes the first cycle.
  [[nodiscard]] Result<Graph> finish() &&;

 private:
  struct PlacedEdges {
    std::vector<Edge> edges;
    std::vector<std::size_t> offsets;
    std::unordered_map<std::uint64_t, std::size_t> index;  // of (from, to) in edges
  };
  Status add(PlacedEdges& placed, Edge edge, std::string_view joint, std::size_t offset);
  [[nodiscard]] Error locate_cycle() const;

  std::string_view text_;
  const Limits& limits_;
  std::vector<Node> nodes_;
  std::unordered_map<std::string, NodeId> ids_;
  std::unordered_map<NodeId, std::size_t> declared_at_;
  PlacedEdges directed_;
  PlacedEdges bidirected_;
  bool merge_repeated_edges_ = false;
};

}  // namespace causal_gym

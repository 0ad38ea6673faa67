// A causal graph: a DAG over observed and latent variables, or an ADMG (directed plus bidirected
// edges).
//
// An immutable value that copies in O(1). Nodes keep the order of first mention; everything
// computed from a graph is deterministic in that order. Neighbours are stored as compressed rows:
// O(n + m) memory.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/limits.h"
#include "engine/base/result.h"
#include "engine/graph/node_set.h"

namespace causal_gym {

struct Edge {
  NodeId from = 0;
  NodeId to = 0;
  friend bool operator==(const Edge&, const Edge&) = default;
};

// What a graph text says of one node beside its edges.
struct Node {
  std::string name;
  bool latent = false;
  bool exposure = false;
  bool outcome = false;
  bool adjusted = false;
  bool selected = false;
  std::optional<std::pair<double, double>> position;  // dagitty's pos="x,y"
  friend bool operator==(const Node&, const Node&) = default;
};

class Graph {
 public:
  Graph();  // no nodes

  // Validates and builds. `bidirected` edges are unordered pairs; they are stored with from < to.
  // Names are UTF-8 without control characters, so that every writer can show them.
  // Errors: invalid_argument (empty, malformed or duplicate name, self-loop, edge listed twice,
  // index out of range), cyclic_graph (message shows the cycle as "a -> b -> c -> a"),
  // limit_exceeded (nodes, edges, length of a name). O(n log n + m log m).
  [[nodiscard]] static Result<Graph> create(std::vector<Node> nodes, std::vector<Edge> directed,
                                            std::vector<Edge> bidirected,
                                            const Limits& limits = {});

  [[nodiscard]] std::size_t node_count() const;
  [[nodiscard]] std::span<const Node> nodes() const;
  [[nodiscard]] const std::string& name(NodeId v) const;
  [[nodiscard]] bool is_latent(NodeId v) const;
  [[nodiscard]] std::optional<NodeId> find(std::string_view name) const;
  // The node, or unknown_name with the nearest spelling.
  [[nodiscard]] Result<NodeId> require(std::string_view name) const;

  [[nodiscard]] std::span<const Edge> directed_edges() const;      // in order of mention
  [[nodiscard]] std::span<const Edge> bidirected_edges() const;    // in order of mention
  [[nodiscard]] std::span<const NodeId> parents(NodeId v) const;   // increasing
  [[nodiscard]] std::span<const NodeId> children(NodeId v) const;  // increasing
  [[nodiscard]] std::span<const NodeId> spouses(
      NodeId v) const;  // joined to v by a bidirected edge; increasing
  [[nodiscard]] bool has_edge(NodeId from, NodeId to) const;
  [[nodiscard]] bool has_bidirected_edge(NodeId a, NodeId b) const;

  [[nodiscard]] std::vector<std::string> names() const;  // by id
  [[nodiscard]] NodeSet all_nodes() const;
  [[nodiscard]] NodeSet observed_nodes() const;
  [[nodiscard]] NodeSet latent_nodes() const;
  // Parents before children; among the ready nodes the smallest first.
  [[nodiscard]] std::span<const NodeId> topological_order() const;

  // Same nodes in the same order (with attributes), same sets of edges.
  friend bool operator==(const Graph& a, const Graph& b);

 private:
  struct Data;
  explicit Graph(std::shared_ptr<const Data> data);
  std::shared_ptr<const Data> data_;
};

}  // namespace causal_gym

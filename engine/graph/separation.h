// d- and m-separation by reachability, with an open path as the witness of "connected".
//
// Source: Shachter 1998 (Bayes-ball), Richardson & Spirtes 2002 (m-separation), van der Zander &
// Liskiewicz 2020. Cost: O(n + m) on DAGs and ADMGs alike.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/graph/graph.h"

namespace causal_gym {

// How a path runs between two neighbours of it.
enum class Step { forward, backward, bidirected };  // a -> b, a <- b, a <-> b

struct Path {
  std::vector<NodeId> nodes;  // at least one
  std::vector<Step> steps;    // steps[i] joins nodes[i] and nodes[i + 1]
  friend bool operator==(const Path&, const Path&) = default;
};

// "x <- z -> y", names quoted where the graph syntax needs it.
[[nodiscard]] std::string path_text(const Graph& graph, const Path& path);

struct Separation {
  bool separated = true;
  std::optional<Path> open_path;  // a simple path, open given the set, when not separated
};

// Is every path between x and y blocked given z? A path is open when each collider on it has a
// descendant (or itself) in z and no other inner node is in z. Nodes of x or y that are in z are
// taken out of x and y; an empty x or y is separated. Errors: invalid_argument when x and y
// overlap.
[[nodiscard]] Result<Separation> separation(const Graph& graph, const NodeSet& x, const NodeSet& y,
                                            const NodeSet& z);

// The nodes outside z that some node of x reaches by an open path given z; x - z included.
[[nodiscard]] NodeSet connected_nodes(const Graph& graph, const NodeSet& x, const NodeSet& z);

// Is this path, node by node, open given z? A path that the graph does not have is not. O(n + m).
[[nodiscard]] bool is_open(const Graph& graph, const Path& path, const NodeSet& z);

}  // namespace causal_gym

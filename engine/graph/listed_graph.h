// Graphs as lists of nodes and edges with attributes, as GML and GraphML write them, and what the
// attributes mean here.
//
// A node's name is its attribute `name` (igraph), else `label` (networkx's GML), else its id. The
// attributes latent, exposure, outcome, adjusted and selected are true (true, yes, 1) or false
// (false, no, 0); x and y together are its position. An edge is bidirected when it has
// bidirected=true, type="bidirected" or dir="both"; two opposite edges with description="U" are one
// bidirected edge (R's causaleffect). Other attributes say nothing of the graph.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/graph/graph.h"

namespace causal_gym {

struct ListedAttribute {
  std::string key;
  std::string value;
  std::size_t offset = 0;
};

struct ListedNode {
  std::string id;
  std::size_t offset = 0;
  std::vector<ListedAttribute> attributes;
};

struct ListedEdge {
  std::string source;
  std::string target;
  std::size_t offset = 0;
  bool directed = true;
  std::vector<ListedAttribute> attributes;
};

struct ListedGraph {
  std::vector<ListedNode> nodes;
  std::vector<ListedEdge> edges;
};

// Ok while the lists are within limits; otherwise limit_exceeded, at `offset`.
[[nodiscard]] Status check_listed_size(std::string_view text, const ListedGraph& listed,
                                       std::size_t offset, const Limits& limits);

// The graph that the lists stand for; offsets point into `text`. O(n + m).
// Errors: those of the readers of graph text (text.h), and unknown_name (an edge to an id that no
// node has).
[[nodiscard]] Result<Graph> graph_of_lists(std::string_view text, const ListedGraph& listed,
                                           const Limits& limits);

}  // namespace causal_gym

// The maximal cliques of a chordal graph, joined to a tree in which the cliques of each node are
// connected.
//
// Source: Tarjan & Yannakakis 1984 (maximum cardinality search); Blair & Peyton 1993, "An
// introduction to chordal graphs and clique trees", figure 4.2. Cost: O((n + m) log n).
#pragma once

#include <vector>

#include "engine/graph/undirected_graph.h"

namespace causal_gym {

struct CliqueTree {
  struct Clique {
    std::vector<NodeId> nodes;      // increasing
    std::vector<NodeId> separator;  // what it shares with its parent, increasing; empty at the root
    std::size_t parent = 0;         // an earlier clique; the root is its own
  };
  std::vector<Clique> cliques;
  bool chordal = true;  // when false the cliques mean nothing
};

// Of the subgraph over `within`, which is connected and not empty.
[[nodiscard]] CliqueTree clique_tree(const UndirectedGraph& graph, const NodeSet& within);

// The connected components of the subgraph over `within`, in order of their smallest node. O(n +
// m).
[[nodiscard]] std::vector<NodeSet> connected_components(const UndirectedGraph& graph,
                                                        const NodeSet& within);

}  // namespace causal_gym

// The latent projection of a graph as rows of bits, for algorithms that ask many small questions of
// subgraphs: sets over which a graph is taken, and edges that are cut, are arguments instead of new
// graphs.
//
// Ids are those of the graph; latent nodes have empty rows. A subgraph is named by its nodes
// (`within`), and every set given beside it is taken to lie in it. Source of the projection: Verma
// & Pearl 1990; of separation: Richardson & Spirtes 2002. Memory O(n^2) bits; each question costs
// O(n) operations on sets.
#pragma once

#include <vector>

#include "engine/graph/graph.h"

namespace causal_gym {

struct AdmgRows {
  NodeSet nodes;  // the observed nodes
  std::vector<NodeSet> parents;
  std::vector<NodeSet> children;
  std::vector<NodeSet> spouses;
  std::vector<NodeId> order;  // the observed nodes, parents before children
};

// Errors: limit_exceeded (edges of the latent projection). O(n (n + m)) with latent nodes, O(n + m)
// without.
[[nodiscard]] Result<AdmgRows> admg_rows(const Graph& graph, const Limits& limits = {});

// The latent projection onto some of the nodes: the others become latent. O(hidden * n) operations
// on sets.
[[nodiscard]] AdmgRows projected_onto(const AdmgRows& rows, const NodeSet& keep);

// Ancestors and descendants in the subgraph, the sets themselves included.
[[nodiscard]] NodeSet ancestors(const AdmgRows& rows, const NodeSet& of, const NodeSet& within);
[[nodiscard]] NodeSet descendants(const AdmgRows& rows, const NodeSet& of, const NodeSet& within);

// The district of v in the subgraph, and all of them in order of their smallest node.
[[nodiscard]] NodeSet district(const AdmgRows& rows, NodeId v, const NodeSet& within);
[[nodiscard]] std::vector<NodeSet> districts(const AdmgRows& rows, const NodeSet& within);

// A subgraph after surgery: no edge enters `no_incoming`, no directed edge leaves `no_outgoing`.
struct MutilatedRows {
  const AdmgRows& rows;
  NodeSet within;
  NodeSet no_incoming = {};
  NodeSet no_outgoing = {};
};

// The nodes outside z that some node of x reaches by an open path given z; x - z included.
[[nodiscard]] NodeSet connected_nodes(const MutilatedRows& graph, const NodeSet& x,
                                      const NodeSet& z);

// Are x and y m-separated given z? Nodes of x or y that are in z do not count.
[[nodiscard]] bool separated(const MutilatedRows& graph, const NodeSet& x, const NodeSet& y,
                             const NodeSet& z);

}  // namespace causal_gym

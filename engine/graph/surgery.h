// Graphs made from graphs: cut edges, induced subgraphs, latent projection. Node order and
// attributes are kept.
#pragma once

#include "engine/graph/graph.h"

namespace causal_gym {

// G with every edge into the set removed, bidirected edges included (the graph after do(set)).
[[nodiscard]] Graph cut_incoming(const Graph& graph, const NodeSet& into);
// G with every directed edge out of the set removed.
[[nodiscard]] Graph cut_outgoing(const Graph& graph, const NodeSet& out_of);
// G without the listed directed edges; edges that are not in the graph are ignored.
[[nodiscard]] Graph remove_directed_edges(const Graph& graph, std::span<const Edge> edges);
// The subgraph over `keep` (new ids 0.., in the old order).
[[nodiscard]] Graph induced_subgraph(const Graph& graph, const NodeSet& keep);
// The subgraph over the ancestors of the set, the set included: all that separations among its
// members depend on.
[[nodiscard]] Graph ancestral_graph(const Graph& graph, const NodeSet& of);

// The graph with its nodes numbered as in `like`, so that the two can be compared node by node.
// Errors: unknown_name when either lacks a node of the other. O(n log n + m log m).
[[nodiscard]] Result<Graph> numbered_like(const Graph& graph, const Graph& like);

// The ADMG over the observed nodes (Verma & Pearl 1990; Tian & Pearl 2002): a -> b when a directed
// path from a to b has only latent nodes inside; a <-> b when a trek without colliders has latent
// inside and arrowheads at both ends, existing bidirected edges included. New ids 0.., in the old
// order. Errors: limit_exceeded (edges). O(n (n + m)).
[[nodiscard]] Result<Graph> latent_projection(const Graph& graph, const Limits& limits = {});

}  // namespace causal_gym

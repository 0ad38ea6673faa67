// Graphs that say the same in other words: bidirected edges as latent nodes, treks as directed
// paths, paths as edges and edges as paths, what can be seen of a graph with latent nodes as a
// maximal ancestral graph.
#pragma once

#include "engine/base/cancellation.h"
#include "engine/graph/graph.h"

namespace causal_gym {

// Each bidirected edge a <-> b becomes a latent node L1, L2, .. (or the next free number) with
// edges to a and b, after the nodes of the graph. m-separation among the old nodes stays the same.
// Source: Richardson & Spirtes 2002, section 6. Errors: limit_exceeded (nodes, edges). O(n + m).
[[nodiscard]] Result<Graph> canonical_dag(const Graph& graph, const Limits& limits = {});

// a -> b whenever a directed path leads from a to b; bidirected edges stay. Errors: limit_exceeded
// (edges). O(n m / 64) words.
[[nodiscard]] Result<Graph> transitive_closure(const Graph& graph, const Limits& limits = {});

// The fewest directed edges with the same directed closure: those whose ends no other directed path
// joins (Aho, Garey & Ullman 1972; unique in an acyclic graph); bidirected edges stay.
// O(n m / 64).
[[nodiscard]] Graph transitive_reduction(const Graph& graph);

// Two nodes for each node v: up_v at 2 v and dw_v at 2 v + 1, with up_v -> dw_v; up_b -> up_a and
// dw_a -> dw_b for a -> b; up_a -> dw_b and up_b -> dw_a for a <-> b. Directed paths from up_a to
// dw_b are the treks between a and b. Source: Sullivant, Talaska & Draisma 2010. Errors:
// limit_exceeded (nodes, edges, names), invalid_argument when names clash. O(n + m).
[[nodiscard]] Result<Graph> trek_graph(const Graph& graph, const Limits& limits = {});

// Over the observed nodes: joined when no set of other observed nodes separates them, by a -> b
// when a is an ancestor of b and by a <-> b when neither is of the other. New ids 0.., in the old
// order. Source: Richardson & Spirtes 2002, section 4.2. Errors: limit_exceeded (edges), cancelled.
// O(n^2 (n + m)).
[[nodiscard]] Result<Graph> maximal_ancestral_graph(const Graph& graph, const Limits& limits = {},
                                                    const CancellationToken& cancellation = {});

}  // namespace causal_gym

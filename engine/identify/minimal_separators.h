// Minimal sets that m-separate x from y and lie between two sets: must <= z <= must + may.
//
// Between these bounds every minimal set lies among the ancestors of x, y and must, where
// m-separation is vertex separation in one undirected graph (pole_graph.h); so paths and colliders
// are dealt with once.
// Source: van der Zander, Liskiewicz & Textor 2019, Artificial Intelligence 270 (bounds, sections 4
// and 5); Takata 2010, Discrete Applied Mathematics 158 (all minimal separators).
#pragma once

#include <optional>
#include <vector>

#include "engine/base/cancellation.h"
#include "engine/identify/pole_graph.h"

namespace causal_gym {

struct SetListing {
  std::vector<NodeSet> sets;  // smaller first, then by node order
  bool complete = true;       // false when the limit or a cancellation cut the list
};

// Smaller sets first, then by node order: the order of every listing.
[[nodiscard]] bool smaller_set_first(const NodeSet& a, const NodeSet& b);

// The minimal set nearest to y in the graph without the edges of `cut`, or nullopt when none
// exists. x and y are disjoint. O(n + m).
[[nodiscard]] std::optional<NodeSet> find_minimal_separator(const Graph& graph, const NodeSet& x,
                                                            const NodeSet& y,
                                                            const SeparatorBounds& bounds,
                                                            const EdgeCut& cut = {});

// All minimal sets, at most `limit` of them, found from x towards y. A step costs O(n + m); at most
// n steps for each set on average, and n^2 from one set to the next.
[[nodiscard]] SetListing list_minimal_separators(const Graph& graph, const NodeSet& x,
                                                 const NodeSet& y, const SeparatorBounds& bounds,
                                                 std::size_t limit,
                                                 const CancellationToken& cancellation = {},
                                                 const EdgeCut& cut = {});

}  // namespace causal_gym

// Minimal sets that m-separate x from y and lie between two sets: must <= z <= must + may.
//
// Between these bounds every minimal set lies among the ancestors of x, y and must, where
// m-separation is vertex separation in one undirected graph, the augmented (moral) graph; so paths
// and colliders are dealt with once.
// Source: van der Zander, Liskiewicz & Textor 2019, Artificial Intelligence 270 (bounds, sections 4
// and 5); Richardson 2003 (augmented graph); Takata 2010, Discrete Applied Mathematics 158 (all
// minimal separators). Cost: O(n^2) bits of memory.
#pragma once

#include <optional>
#include <vector>

#include "engine/base/cancellation.h"
#include "engine/graph/graph.h"

namespace causal_gym {

struct SeparatorBounds {
  NodeSet must;  // in every set, disjoint from x and y
  NodeSet may;   // what a set may hold beside; nodes of x, y and must in it count for nothing
};

struct SetListing {
  std::vector<NodeSet> sets;  // smaller first, then by node order
  bool complete = true;       // false when the limit or a cancellation cut the list
};

// The minimal set nearest to y, or nullopt when none exists. x and y are disjoint. O(n^2).
[[nodiscard]] std::optional<NodeSet> find_minimal_separator(const Graph& graph, const NodeSet& x,
                                                            const NodeSet& y,
                                                            const SeparatorBounds& bounds);

// All minimal sets, at most `limit` of them. Delay between two sets: O(n^3).
[[nodiscard]] SetListing list_minimal_separators(const Graph& graph, const NodeSet& x,
                                                 const NodeSet& y, const SeparatorBounds& bounds,
                                                 std::size_t limit,
                                                 const CancellationToken& cancellation = {});

}  // namespace causal_gym

// Cheapest sets of nodes that cut x from y: separators of least total weight, and the fewest nodes
// that every directed path passes.
//
// Least weight is a least cut of a network in which each node of the moral graph of the ancestors
// is an arc of its weight, and each district with its parents, a clique there, is one hub: the
// network has O(n + m) arcs. Source: van der Zander, Liskiewicz & Textor 2019, Artificial
// Intelligence 270, section 6 (minimum-cost separators); Menger 1927. Cost: one maximum flow.
#pragma once

#include <optional>
#include <span>

#include "engine/base/cancellation.h"
#include "engine/graph/graph.h"

namespace causal_gym {

struct WeightedSeparator {
  NodeSet set;
  double weight = 0;  // of the members beside `must`
};

// A set z with must <= z <= must + may that m-separates x from y, of least weight, and minimal
// among sets that hold `must`; nullopt when none has a finite weight. weights: one number >= 0 for
// each node; an infinite one says must not. Errors: invalid_argument (x or y overlaps the other or
// `must`; a wrong number of weights; a weight that is negative or no number), cancelled.
[[nodiscard]] Result<std::optional<WeightedSeparator>> minimum_separator(
    const Graph& graph, const NodeSet& x, const NodeSet& y, const NodeSet& must, const NodeSet& may,
    std::span<const double> weights, const CancellationToken& cancellation = {});

// The fewest nodes outside x and y that each directed path from x to y passes, nearest to x among
// such sets; nullopt when an edge leads from x to y. Errors: invalid_argument (x and y overlap),
// cancelled.
[[nodiscard]] Result<std::optional<NodeSet>> minimum_directed_cut(
    const Graph& graph, const NodeSet& x, const NodeSet& y,
    const CancellationToken& cancellation = {});

}  // namespace causal_gym

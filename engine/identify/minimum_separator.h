// The separator of least weight between two bounds: max-flow between the poles, where a candidate
// lets through as much as it weighs.
//
// Source: Dinic 1970, Soviet Mathematics Doklady 11 (max-flow); van der Zander, Liskiewicz & Textor
// 2019, Artificial Intelligence 270, section 4 (minimum sets); Smucler & Rotnitzky 2022, Journal of
// Causal Inference 10 (which of several minimum sets: the one nearest to y).
#pragma once

#include <optional>
#include <span>

#include "engine/base/cancellation.h"
#include "engine/identify/pole_graph.h"

namespace causal_gym {

// The set must <= z <= must + may of least weight that m-separates x from y in the graph without
// the edges of `cut`; of several the one nearest to y, and minimal even where nodes weigh nothing.
// Nullopt when none exists. x and y are disjoint. `weights` is empty (each node weighs one), or
// holds a weight for each node of the graph; those of `must` do not matter.
// Errors: invalid_argument (number of weights; a weight that is negative or not finite, named),
// cancelled. Cost: O(n^2 (n + m)) at worst, near O(n + m) for each unit of weight that must go.
[[nodiscard]] Result<std::optional<NodeSet>> find_minimum_separator(
    const Graph& graph, const NodeSet& x, const NodeSet& y, const SeparatorBounds& bounds,
    std::span<const double> weights = {}, const EdgeCut& cut = {},
    const CancellationToken& cancellation = {});

}  // namespace causal_gym

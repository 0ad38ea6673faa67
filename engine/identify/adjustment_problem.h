// An adjustment question made ready: arguments checked, forbidden nodes and the edges of the effect
// found, so that what is left is a question about separators.
//
// Source: van der Zander, Liskiewicz & Textor 2019, Artificial Intelligence 270 (adjustment sets
// are the separators of the proper back-door graph without forbidden nodes); Correa & Bareinboim
// 2017, AAAI (selection: x and y are separated given the selection too, and y from the selection).
// Cost: O(n + m).
#pragma once

#include <optional>

#include "engine/identify/pole_graph.h"

namespace causal_gym {

// Which effect, and in which part of the population the data were gathered.
struct AdjustmentScope {
  EffectReach effect = EffectReach::total;
  NodeSet selected;  // only units with a given state of these nodes are seen; empty: all units are
};

struct AdjustmentLimits {
  NodeSet must;
  NodeSet must_not;
  std::size_t sets = 100;
  AdjustmentScope scope = {};
};

struct AdjustmentProblem {
  EdgeCut effect;          // the edges that carry the effect
  NodeSet forbidden;       // no adjustment set may hold these
  SeparatorBounds bounds;  // must includes the selected nodes
};

// Errors: invalid_argument when x or y is empty, they overlap, `set` (shown as `role`) or the
// selected nodes overlap them or each other, a member is latent, or the scope asks for a direct
// effect in a selected population.
[[nodiscard]] Status check_adjustment_arguments(const Graph& graph, const NodeSet& x,
                                                const NodeSet& y, const NodeSet& set,
                                                std::string_view role,
                                                const AdjustmentScope& scope);

// The problem, or nullopt when no set can be valid: a required member is forbidden, or y is joined
// to the selection by what is not adjusted for. Errors: as above; also when `must` and `must_not`
// overlap.
[[nodiscard]] Result<std::optional<AdjustmentProblem>> adjustment_problem(
    const Graph& graph, const NodeSet& x, const NodeSet& y, const AdjustmentLimits& options);

}  // namespace causal_gym

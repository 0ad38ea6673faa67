// The adjustment set that makes the estimate of an effect most precise.
//
// Without hidden variables, and when every outcome descends from x, it is the O-set. With them a
// set that is best in every model need not exist: it is known to when every node that may be
// adjusted for is an ancestor of x, y or a required member; among the minimal sets there is always
// a best one, the one nearest to y. "Best" is the smallest asymptotic variance: of least squares in
// linear models, of regular estimators in models without parametric form. Source: Henckel, Perkovic
// & Maathuis 2022, JRSS B 84 (O-set, x and y sets); Rotnitzky & Smucler 2020, JMLR 21; Smucler,
// Sapienza & Rotnitzky 2022, Biometrika 109 (hidden variables, required members; x and y single).
// Cost: O(n + m).
#pragma once

#include "engine/identify/adjustment.h"

namespace causal_gym {

enum class Optimality {
  optimal,         // `set` is best among all valid sets
  not_guaranteed,  // a valid set exists, but perhaps none that is best in every model
  no_valid_set,
};

[[nodiscard]] std::string_view optimality_name(Optimality optimality);

struct OptimalAdjustment {
  Optimality status = Optimality::no_valid_set;
  std::optional<NodeSet> set;       // when optimal
  std::optional<NodeSet> minimal;   // the minimal valid set nearest to y, when a valid set exists
  bool minimal_is_optimal = false;  // proven best among minimal sets: x and y are single
  std::string reason;               // one sentence
};

// Of the total effect. `must` is in every set compared; nodes of `must_not` count as hidden. With
// several x and y, hidden variables leave the question open (not_guaranteed).
// Errors: invalid_argument as in adjustment.h.
[[nodiscard]] Result<OptimalAdjustment> optimal_adjustment_set(const Graph& graph, const NodeSet& x,
                                                               const NodeSet& y,
                                                               const NodeSet& must = {},
                                                               const NodeSet& must_not = {});

}  // namespace causal_gym

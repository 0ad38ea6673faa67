// Counterfactual ancestors, and subscripts without what does not matter, by their definitions.
//
// Source: Correa, Lee & Bareinboim 2021, NeurIPS. What
// counterfactual_network.h builds holds exactly these; here they are from the graph alone. Cost:
// O(n + m) for each term.
#pragma once

#include <vector>

#include "engine/graph/admg_rows.h"
#include "engine/identify/counterfactual_event.h"

namespace causal_gym {

// ||Y_x||: the term with that part of its subscript which can make a difference to it (exclusion):
// x that are ancestors of Y when no edge enters x. The settings keep their order. Errors:
// invalid_argument when the subscript has counterfactuals in it: unnest first.
[[nodiscard]] Result<CounterfactualTerm> without_irrelevant_settings(
    const AdmgRows& rows, const CounterfactualTerm& term);

// An(Y_x): ||W_x|| for every ancestor W of Y when no edge leaves x, Y_x itself last; parents before
// children. A variable that its own subscript sets has no other. Errors: as above.
[[nodiscard]] Result<std::vector<CounterfactualTerm>> counterfactual_ancestors(
    const AdmgRows& rows, const CounterfactualTerm& term);

}  // namespace causal_gym

// A query text as the effect that symbolic operations work on: names stand for themselves, values
// are left out of account.
#pragma once

#include "engine/identify/identify.h"
#include "engine/query/query.h"

namespace causal_gym {

// P(y | do(x), z) and E[y | do(x), z] give their variables; ATE, TE and CDE the sets of their two
// terms. Errors: unknown_name (the graph has no such node), invalid_argument (arithmetic, a
// counterfactual, another effect, a variable in two places).
[[nodiscard]] Result<EffectTarget> effect_target(const Query& query, const Graph& graph);

}  // namespace causal_gym

// The target that one interventional term names, for operations on graphs alone: values may be left
// out.
#pragma once

#include "engine/graph/graph.h"
#include "engine/identify/identify.h"
#include "engine/query/query.h"

namespace causal_gym {

// Is the query one P(..) or E[..] in a single world: none of its variables has a world of its own?
[[nodiscard]] bool is_interventional_term(const Query& query);

// Does such a query name no variable twice among its events and conditions, or among what do()
// sets? Otherwise the values decide: the events may be impossible together, or the conditions.
[[nodiscard]] bool names_each_once(const Query& query);

// The target of such a query. Errors: unknown_name.
[[nodiscard]] Result<EffectTarget> effect_target(const Query& query, const Graph& graph);

}  // namespace causal_gym

// The values that a query names, looked up in a model; what is left out is no error, so that
// symbolic questions about a model are checked too. Cost: the query's size.
#pragma once

#include "engine/model/model.h"
#include "engine/query/query.h"

namespace causal_gym {

// Ok when each value is a state of its variable and each order is one that its variable has.
// Variables that the model lacks are left to others. Errors: those of resolve_event and
// written_state (check_event.h).
[[nodiscard]] Status check_values(const Query& query, const Model& model);

}  // namespace causal_gym

// The operation that asks a model for a number: ask.
#pragma once

#include "api/operation_request.h"
#include "engine/query/query.h"

namespace causal_gym {

// The field `query`. Errors: those of parse_query, placed there.
[[nodiscard]] Result<Query> read_query(const OperationRequest& request);

[[nodiscard]] Result<nlohmann::json> run_ask(const OperationRequest& request);

}  // namespace causal_gym

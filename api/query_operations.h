// The operations on queries: ask, identify.
#pragma once

#include "api/operation_request.h"

namespace causal_gym {

[[nodiscard]] Result<nlohmann::json> run_ask(const OperationRequest& request);
[[nodiscard]] Result<nlohmann::json> run_identify(const OperationRequest& request);

}  // namespace causal_gym

// The operations that identify: identify, check_derivation.
#pragma once

#include "api/operation_request.h"

namespace causal_gym {

[[nodiscard]] Result<nlohmann::json> run_identify(const OperationRequest& request);
[[nodiscard]] Result<nlohmann::json> run_check_derivation(const OperationRequest& request);

}  // namespace causal_gym

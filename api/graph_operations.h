// The operations on graphs alone: separated, paths, adjustment_sets, check_adjustment,
// front_door_sets.
#pragma once

#include "api/operation_request.h"

namespace causal_gym {

[[nodiscard]] Result<nlohmann::json> run_separated(const OperationRequest& request);
[[nodiscard]] Result<nlohmann::json> run_paths(const OperationRequest& request);
[[nodiscard]] Result<nlohmann::json> run_adjustment_sets(const OperationRequest& request);
[[nodiscard]] Result<nlohmann::json> run_check_adjustment(const OperationRequest& request);
[[nodiscard]] Result<nlohmann::json> run_front_door_sets(const OperationRequest& request);

}  // namespace causal_gym

// The operations on sets that give an effect: adjustment_sets, check_adjustment, front_door_sets,
// instruments.
#pragma once

#include "api/operation_request.h"

namespace causal_gym {

[[nodiscard]] Result<nlohmann::json> run_adjustment_sets(const OperationRequest& request);
[[nodiscard]] Result<nlohmann::json> run_check_adjustment(const OperationRequest& request);
[[nodiscard]] Result<nlohmann::json> run_front_door_sets(const OperationRequest& request);
[[nodiscard]] Result<nlohmann::json> run_instruments(const OperationRequest& request);

}  // namespace causal_gym

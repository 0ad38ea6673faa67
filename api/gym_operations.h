// The operations on the gym: environments, runs.
#pragma once

#include "api/operation_request.h"
#include "gym/environment/environment.h"

namespace causal_gym {

// {"id","title","story","source","roles","queries","interventions","notes","graph","model"}.
[[nodiscard]] nlohmann::json environment_json(const Environment& environment);

[[nodiscard]] Result<nlohmann::json> run_environments(const OperationRequest& request);
[[nodiscard]] Result<nlohmann::json> run_runs(const OperationRequest& request);

}  // namespace causal_gym

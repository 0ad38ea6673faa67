// The operations on graphs alone: separated, paths, separators, implied_independencies, project,
// compare_graphs, equivalence_class.
#pragma once

#include "api/operation_request.h"

namespace causal_gym {

[[nodiscard]] Result<nlohmann::json> run_separated(const OperationRequest& request);
[[nodiscard]] Result<nlohmann::json> run_paths(const OperationRequest& request);
[[nodiscard]] Result<nlohmann::json> run_separators(const OperationRequest& request);
[[nodiscard]] Result<nlohmann::json> run_implied_independencies(const OperationRequest& request);
[[nodiscard]] Result<nlohmann::json> run_project(const OperationRequest& request);
[[nodiscard]] Result<nlohmann::json> run_compare_graphs(const OperationRequest& request);
[[nodiscard]] Result<nlohmann::json> run_equivalence_class(const OperationRequest& request);

}  // namespace causal_gym

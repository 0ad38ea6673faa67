// The operations that show: draw (a picture of a graph) and explain (a page about an effect).
#pragma once

#include "api/operation_request.h"

namespace causal_gym {

[[nodiscard]] Result<nlohmann::json> run_draw(const OperationRequest& request);
[[nodiscard]] Result<nlohmann::json> run_explain(const OperationRequest& request);

}  // namespace causal_gym

// The JSON object that a request carries. Cost: linear in the body.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/server/server_route.h"

namespace causal_gym {

// The object of a body, whose fields are among the known ones. A body is JSON by its type too: what
// a form of another site can send is not. Errors: invalid_argument, parse_error, unknown_name.
[[nodiscard]] Result<nlohmann::json> read_body(const Call& call,
                                               const std::vector<std::string>& known);

}  // namespace causal_gym

// The API's own description, api/schema/openapi.yaml, built into the program.
#pragma once

#include <string_view>

namespace causal_gym {

extern const std::string_view openapi_document;

}  // namespace causal_gym

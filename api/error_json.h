// Errors as JSON: {"error": {"code", "message", "where", "suggestion"}}, every field a text.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "engine/base/result.h"

namespace causal_gym {

[[nodiscard]] nlohmann::json error_json(const Error& error);

// The error that an answer carries, or none. An unknown code is read as `unavailable`.
[[nodiscard]] std::optional<Error> error_of(const nlohmann::json& answer);

}  // namespace causal_gym

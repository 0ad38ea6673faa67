// Results of the engine's operations, as people read them in a terminal.
//
// Each takes the `result` of the operation (api/schema/openapi.yaml) and returns lines that end
// with a newline.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace causal_gym {

[[nodiscard]] std::string answer_text(const std::string& query,
                                      const nlohmann::json& result);          // ask
[[nodiscard]] std::string identification_text(const nlohmann::json& result);  // identify
[[nodiscard]] std::string separation_text(const nlohmann::json& result);
[[nodiscard]] std::string paths_text(const nlohmann::json& result);
[[nodiscard]] std::string sets_text(
    const nlohmann::json& result);  // adjustment_sets, front_door_sets
[[nodiscard]] std::string check_text(const nlohmann::json& result);  // check_adjustment

// "{a, b}".
[[nodiscard]] std::string names_text(const nlohmann::json& names);

// "0.7": ten significant digits, so that rounding noise does not show.
[[nodiscard]] std::string plain_number(double value);

}  // namespace causal_gym

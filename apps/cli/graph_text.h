// Results of operations on graphs and effects, as people read them in a terminal.
//
// Each takes the `result` of the operation (api/schema/openapi.yaml) and returns lines that end
// with a newline.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace causal_gym {

[[nodiscard]] std::string independencies_text(const nlohmann::json& result);
[[nodiscard]] std::string comparison_text(const nlohmann::json& result);  // compare_graphs
[[nodiscard]] std::string equivalence_class_text(const nlohmann::json& result);
[[nodiscard]] std::string instruments_text(const nlohmann::json& result);
[[nodiscard]] std::string explanation_text(const nlohmann::json& result);       // explain
[[nodiscard]] std::string derivation_check_text(const nlohmann::json& result);  // check_derivation

}  // namespace causal_gym

// Fields of a JSON object, read with their type checked and their path in every error.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/limits.h"
#include "engine/base/result.h"

namespace causal_gym {

// "model", "variables" -> "model.variables"; either may be empty.
[[nodiscard]] std::string joined_path(std::string_view path, std::string_view field);

// The error with `path` put before its `where`.
[[nodiscard]] Error error_at(Error error, std::string_view path);

// Ok when value is an object whose keys are all known; otherwise invalid_argument, or unknown_name
// with the nearest spelling.
[[nodiscard]] Status check_object(const nlohmann::json& value, std::span<const std::string> known,
                                  std::string_view path);

// The value as that type. Errors: invalid_argument that says what was expected at `path`.
[[nodiscard]] Result<std::string> read_text(const nlohmann::json& value, std::string_view path);
[[nodiscard]] Result<double> read_number(const nlohmann::json& value, std::string_view path);
[[nodiscard]] Result<std::int64_t> read_integer(const nlohmann::json& value, std::string_view path);
[[nodiscard]] Result<bool> read_boolean(const nlohmann::json& value, std::string_view path);
// A list of texts; with one_is_a_list, one text stands for a list of one.
[[nodiscard]] Result<std::vector<std::string>> read_texts(const nlohmann::json& value,
                                                          std::string_view path,
                                                          bool one_is_a_list = false);
[[nodiscard]] Result<std::vector<double>> read_numbers(const nlohmann::json& value,
                                                       std::string_view path);

}  // namespace causal_gym

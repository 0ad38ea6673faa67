#include "api/json_fields.h"

#include <cmath>

#include "engine/base/spelling.h"

namespace causal_gym {

namespace {

using nlohmann::json;

tl::unexpected<Error> wrong_type(const json& value, std::string_view path,
                                 std::string_view expected) {
  return fail(ErrorCode::invalid_argument,
              "expected " + std::string(expected) + ", but found " + value.type_name(),
              std::string(path));
}

std::string item_path(std::string_view path, std::size_t i) {
  return std::string(path) + "[" + std::to_string(i) + "]";
}

}  // namespace

std::string joined_path(std::string_view path, std::string_view field) {
  std::string joined(path);
  if (!path.empty() && !field.empty()) joined += '.';
  return joined.append(field);
}

Error error_at(Error error, std::string_view path) {
  if (error.where.empty())
    error.where = path;
  else if (!path.empty())
    error.where = std::string(path) + ", " + error.where;
  return error;
}

Status check_object(const json& value, std::span<const std::string> known, std::string_view path) {
  if (!value.is_object()) return wrong_type(value, path, "an object");
  for (const auto& [key, unused] : value.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    std::string list;
    for (const auto& name : known) list += (list.empty() ? "" : ", ") + name;
    auto suggestion = spelling_suggestion(key, known);
    if (suggestion.empty()) suggestion = "known here: " + list;
    return fail(ErrorCode::unknown_name, "unknown field '" + key + "'", joined_path(path, key),
                std::move(suggestion));
  }
  return {};
}

Result<std::string> read_text(const json& value, std::string_view path) {
  if (const auto* text = value.get_ptr<const std::string*>()) return *text;
  return wrong_type(value, path, "a text");
}

Result<double> read_number(const json& value, std::string_view path) {
  if (!value.is_number()) return wrong_type(value, path, "a number");
  const auto number = value.get<double>();
  if (!std::isfinite(number))
    return fail(ErrorCode::invalid_argument, "the number is not finite", std::string(path));
  return number;
}

Result<std::int64_t> read_integer(const json& value, std::string_view path) {
  constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const auto* positive = value.get_ptr<const json::number_unsigned_t*>();
  if (!value.is_number_integer() || (positive != nullptr && *positive > largest))
    return wrong_type(value, path, "a whole number");
  return value.get<std::int64_t>();
}

Result<bool> read_boolean(const json& value, std::string_view path) {
  if (!value.is_boolean()) return wrong_type(value, path, "true or false");
  return value.get<bool>();
}

Result<std::vector<std::string>> read_texts(const json& value, std::string_view path,
                                            bool one_is_a_list) {
  std::vector<std::string> texts;
  if (one_is_a_list && value.is_string()) return std::vector{value.get<std::string>()};
  if (!value.is_array())
    return wrong_type(value, path, one_is_a_list ? "a text or a list of texts" : "a list of texts");
  for (std::size_t i = 0; i < value.size(); ++i) {
    CAUSAL_GYM_TRY(text, read_text(value[i], item_path(path, i)));
    texts.push_back(std::move(text));
  }
  return texts;
}

Result<std::vector<double>> read_numbers(const json& value, std::string_view path) {
  std::vector<double> numbers;
  if (!value.is_array()) return wrong_type(value, path, "a list of numbers");
  numbers.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    CAUSAL_GYM_TRY(number, read_number(value[i], item_path(path, i)));
    numbers.push_back(number);
  }
  return numbers;
}

}  // namespace causal_gym

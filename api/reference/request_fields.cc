#include "api/reference/request_fields.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "api/json_fields.h"
#include "api/json_text.h"

namespace causal_gym {

namespace {

using nlohmann::json;

// Of all wires; what an agent may pass over (its own thoughts, calls) or read.
constexpr std::string_view read_parts[] = {
    "text",    "input_text", "output_text",       "summary_text", "reasoning_text",
    "refusal", "thinking",   "redacted_thinking", "tool_use",     "tool_result"};

std::string bound_text(double value) { return json(value).dump(); }

tl::unexpected<Error> out_of_bounds(const std::string& name, const std::string& low,
                                    const std::string& high) {
  return fail(ErrorCode::invalid_argument, "must lie between " + low + " and " + high, name);
}

}  // namespace

const json* find_field(const json& object, const std::string& name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

Result<const json*> require_field(const json& object, const std::string& name,
                                  std::string_view path) {
  if (!object.is_object())
    return fail(ErrorCode::invalid_argument,
                std::string("expected an object, but found ") + object.type_name(),
                std::string(path));
  if (const auto* field = find_field(object, name)) return field;
  return fail(ErrorCode::invalid_argument, "missing required field", joined_path(path, name));
}

Result<std::string> require_text(const json& object, const std::string& name,
                                 std::string_view path) {
  CAUSAL_GYM_TRY(field, require_field(object, name, path));
  return read_text(*field, joined_path(path, name));
}

Result<std::optional<std::string>> optional_text(const json& object, const std::string& name,
                                                 std::string_view path) {
  const auto* field = find_field(object, name);
  if (field == nullptr) return std::nullopt;
  CAUSAL_GYM_TRY(text, read_text(*field, joined_path(path, name)));
  return text;
}

Result<std::optional<std::int64_t>> optional_integer(const json& object, const std::string& name,
                                                     std::int64_t low, std::int64_t high) {
  const auto* field = find_field(object, name);
  if (field == nullptr) return std::nullopt;
  CAUSAL_GYM_TRY(number, read_integer(*field, name));
  if (number < low || number > high)
    return out_of_bounds(name, std::to_string(low), std::to_string(high));
  return number;
}

Status check_number(const json& object, const std::string& name, double low, double high) {
  const auto* field = find_field(object, name);
  if (field == nullptr) return {};
  CAUSAL_GYM_TRY(number, read_number(*field, name));
  if (number < low || number > high) return out_of_bounds(name, bound_text(low), bound_text(high));
  return {};
}

Result<bool> optional_flag(const json& object, const std::string& name) {
  const auto* field = find_field(object, name);
  return field == nullptr ? Result<bool>(false) : read_boolean(*field, name);
}

Result<const json*> optional_object(const json& object, const std::string& name,
                                    std::string_view path) {
  const auto* field = find_field(object, name);
  if (field != nullptr && !field->is_object())
    return fail(ErrorCode::invalid_argument,
                std::string("expected an object, but found ") + field->type_name(),
                joined_path(path, name));
  return field;
}

Result<const json*> optional_list(const json& object, const std::string& name, std::size_t most,
                                  std::string_view path) {
  static const json none = json::array();
  const auto* field = find_field(object, name);
  if (field == nullptr) return &none;
  const auto where = joined_path(path, name);
  if (!field->is_array())
    return fail(ErrorCode::invalid_argument,
                std::string("expected a list, but found ") + field->type_name(), where);
  if (field->size() > most)
    return fail(ErrorCode::invalid_argument,
                "has " + std::to_string(field->size()) + " items, but at most " +
                    std::to_string(most) + " are allowed",
                where);
  return field;
}

std::string item_path(std::string_view path, std::size_t i) {
  return std::string(path) + "[" + std::to_string(i) + "]";
}

Result<std::string> content_text(const json& content, std::string_view path) {
  if (content.is_string()) return content.get<std::string>();
  if (!content.is_array())
    return fail(ErrorCode::invalid_argument,
                std::string("expected a text or a list of parts, but found ") + content.type_name(),
                std::string(path));
  std::string all;
  for (std::size_t i = 0; i < content.size(); ++i) {
    const auto where = item_path(path, i);
    CAUSAL_GYM_TRY(type, require_text(content[i], "type", where));
    if (std::find(std::begin(read_parts), std::end(read_parts), type) == std::end(read_parts))
      return fail(ErrorCode::invalid_argument,
                  "a built-in agent reads no part of the type '" + type + "'",
                  joined_path(where, "type"), "send its text");
    CAUSAL_GYM_TRY(text, optional_text(content[i], "text", where));
    if (text) all += (all.empty() ? "" : "\n") + *text;
  }
  return all;
}

Result<std::string> tool_of(const CalledTools& called, const std::string& id,
                            const std::string& path) {
  if (const auto found = called.find(id); found != called.end()) return found->second;
  return fail(ErrorCode::invalid_argument, "no tool was called before under the id '" + id + "'",
              path, "send the message that calls it too");
}

Result<std::vector<std::string>> stop_sequences(const json& body, const std::string& name,
                                                std::size_t most) {
  const auto* field = find_field(body, name);
  if (field == nullptr) return std::vector<std::string>();
  json listed = json::object();
  listed[name] = field->is_string() ? json::array({*field}) : *field;
  CAUSAL_GYM_TRY(items, optional_list(listed, name, most));
  std::vector<std::string> stops;
  for (std::size_t i = 0; i < items->size(); ++i) {
    CAUSAL_GYM_TRY(stop, read_text((*items)[i], item_path(name, i)));
    if (stop.empty())
      return fail(ErrorCode::invalid_argument, "a stop sequence must not be empty",
                  item_path(name, i));
    stops.push_back(std::move(stop));
  }
  return stops;
}

Result<json> read_body(std::string_view body) {
  auto read_result = parse_json(body);
  if (!read_result) {
    // A place in the text is no field.
    auto error = read_result.error();
    if (!error.where.empty()) error.message += " (" + std::exchange(error.where, {}) + ")";
    return fail(std::move(error));
  }
  auto read = *std::move(read_result);
  if (!read.is_object())
    return fail(ErrorCode::invalid_argument,
                std::string("the body must be a JSON object, but is ") + read.type_name());
  return read;
}

Result<ReferenceRequest> begin_request(const json& body) {
  ReferenceRequest request;
  CAUSAL_GYM_TRY(model, require_text(body, "model"));
  CAUSAL_GYM_TRY(stream, optional_flag(body, "stream"));
  request.model = std::move(model);
  request.stream = stream;
  request.hash = hash_of_request(body);
  for (const auto* field : {"messages", "input", "instructions", "system", "tools"})
    if (const auto* value = find_field(body, field))
      request.input_tokens += count_tokens_in(*value);
  return request;
}

}  // namespace causal_gym

// Fields of a provider's request, where null is as good as absent, and every error names the field
// as "messages[0].content". Cost: linear in the value.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/reference/reference_chat.h"
#include "engine/base/result.h"

namespace causal_gym {

// The member of an object; null when there is none, or it is null.
[[nodiscard]] const nlohmann::json* find_field(const nlohmann::json& object,
                                               const std::string& name);
// Errors: invalid_argument ("missing").
[[nodiscard]] Result<const nlohmann::json*> require_field(const nlohmann::json& object,
                                                          const std::string& name,
                                                          std::string_view path = {});

[[nodiscard]] Result<std::string> require_text(const nlohmann::json& object,
                                               const std::string& name, std::string_view path = {});
[[nodiscard]] Result<std::optional<std::string>> optional_text(const nlohmann::json& object,
                                                               const std::string& name,
                                                               std::string_view path = {});
// Within [low, high].
[[nodiscard]] Result<std::optional<std::int64_t>> optional_integer(const nlohmann::json& object,
                                                                   const std::string& name,
                                                                   std::int64_t low,
                                                                   std::int64_t high);
[[nodiscard]] Status check_number(const nlohmann::json& object, const std::string& name, double low,
                                  double high);
// False when it is absent.
[[nodiscard]] Result<bool> optional_flag(const nlohmann::json& object, const std::string& name);
// The object, or null. Errors: it is something else.
[[nodiscard]] Result<const nlohmann::json*> optional_object(const nlohmann::json& object,
                                                            const std::string& name,
                                                            std::string_view path = {});
// A list with at most so many items, or an empty one.
[[nodiscard]] Result<const nlohmann::json*> optional_list(const nlohmann::json& object,
                                                          const std::string& name, std::size_t most,
                                                          std::string_view path = {});

// "messages", 3 -> "messages[3]".
[[nodiscard]] std::string item_path(std::string_view path, std::size_t i);

// Content: a text, or a list of parts, whose texts are joined by a new line. Errors: a part that
// holds what an agent does not read, as an image.
[[nodiscard]] Result<std::string> content_text(const nlohmann::json& content,
                                               std::string_view path);

// Which tool each call of a chat was to; so a result tells whose it is. Errors: nothing was called
// under the id before.
using CalledTools = std::map<std::string, std::string>;
[[nodiscard]] Result<std::string> tool_of(const CalledTools& called, const std::string& id,
                                          const std::string& path);

// The texts before which a reply ends: a list of them or, where a wire takes it, one.
[[nodiscard]] Result<std::vector<std::string>> stop_sequences(const nlohmann::json& body,
                                                              const std::string& name,
                                                              std::size_t most);

// The body's JSON object, its model, and what holds for every wire. Errors: parse_error,
// limit_exceeded, invalid_argument.
[[nodiscard]] Result<nlohmann::json> read_body(std::string_view body);
[[nodiscard]] Result<ReferenceRequest> begin_request(const nlohmann::json& body);

}  // namespace causal_gym

// JSON of providers, read with suspicion: bounded size and depth, and every member asked for by its
// type, so that a text of any shape is read without an exception. Cost: linear in the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace causal_gym {

inline constexpr std::size_t largest_reply_bytes = 16 << 20;  // of a body, and of a reply's texts
inline constexpr std::size_t largest_reply_depth = 64;        // nested lists and objects

using WireJson = nlohmann::json;             // what was read
using WrittenJson = nlohmann::ordered_json;  // what is sent: members stay in the order of writing

// Nothing when the text is not JSON, or is beyond the limits.
[[nodiscard]] std::optional<WireJson> read_wire_json(std::string_view text);

// A schema of ours; its order is kept, as a model fills in a schema's members in their order.
// The text must be a JSON object (CHECK).
[[nodiscard]] WrittenJson read_own_json(std::string_view text);

// On one line; bytes that are not UTF-8 are replaced.
[[nodiscard]] std::string wire_text(const WireJson& value);
[[nodiscard]] std::string wire_text(const WrittenJson& value);

// The member of an object; null when `value` is not an object, has no such member, or it is null.
[[nodiscard]] const WireJson* wire_member(const WireJson& value, std::string_view name);
// The member when it is a list, otherwise an empty list.
[[nodiscard]] const WireJson& wire_list(const WireJson& value, std::string_view name);
// The member when it is an object, otherwise an empty object.
[[nodiscard]] const WireJson& wire_object(const WireJson& value, std::string_view name);
// The member when it is a text, otherwise empty.
[[nodiscard]] std::string wire_string(const WireJson& value, std::string_view name);
// The member when it is a whole number from 0 to 2^53.
[[nodiscard]] std::optional<std::int64_t> wire_count(const WireJson& value, std::string_view name);

// The arguments of a tool call, as a model wrote them, as the object that some providers want back.
// A text that is no object stands whole under "unreadable".
[[nodiscard]] WrittenJson arguments_object(std::string_view arguments);

}  // namespace causal_gym

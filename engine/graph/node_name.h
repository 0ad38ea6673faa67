// What may be a node's name, and how UTF-8 text is read one character at a time (RFC 3629).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/limits.h"
#include "engine/base/result.h"

namespace causal_gym {

struct Character {
  char32_t code = 0;     // the code point
  std::size_t size = 0;  // bytes; 0 when the text is empty or malformed here
};

// The character at the front of the text; overlong forms and surrogates are malformed.
[[nodiscard]] Character first_character(std::string_view text);

// Adds the character to the text, as UTF-8. `code` is a code point and no surrogate.
void append_character(std::string& text, char32_t code);

// Ok for UTF-8 without control characters (C0, DEL, C1) within limits.name_length bytes; otherwise
// invalid_argument or limit_exceeded.
[[nodiscard]] Status check_node_name(std::string_view name, const Limits& limits);

// May this character stand in a bare name? Letters of any script, digits, underscore, dot,
// apostrophe.
[[nodiscard]] bool is_bare_character(char32_t code);

}  // namespace causal_gym

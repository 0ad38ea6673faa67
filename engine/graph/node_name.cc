#include "engine/graph/node_name.h"

namespace causal_gym {
namespace {

bool is_control(char32_t code) { return code < 0x20 || (code >= 0x7F && code < 0xA0); }

bool is_ascii_word(char32_t code) {
  return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') ||
         (code >= '0' && code <= '9') || code == '_' || code == '.' || code == '\'';
}

// Latin-1 signs, general punctuation through arrows and symbols, CJK punctuation, the byte order
// mark and fullwidth signs: what an editor slips into a text without being seen as a letter.
bool is_sign(char32_t code) {
  return code < 0xC0 || code == 0xD7 || code == 0xF7 || (code >= 0x2000 && code <= 0x2BFF) ||
         (code >= 0x3000 && code <= 0x3004) || (code >= 0x3008 && code <= 0x3020) ||
         (code >= 0xE000 && code <= 0xF8FF) || code == 0xFEFF ||
         (code >= 0xFF00 && code <= 0xFF0F) || (code >= 0xFFF0 && code <= 0xFFFF);
}

}  // namespace

Character first_character(std::string_view text) {
  if (text.empty()) return {};
  const auto byte = [&](std::size_t i) -> char32_t {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const char32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xC2 || lead > 0xF4) return {};
  const std::size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  char32_t code = lead & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {};
    code = (code << 6) | (byte(i) & 0x3FU);
  }
  constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < smallest[size] || surrogate || code > 0x10FFFF) return {};
  return {code, size};
}

void append_character(std::string& text, char32_t code) {
  const auto add = [&](char32_t byte) { text += static_cast<char>(byte); };
  const auto add_rest = [&](int shift) { add(0x80U | ((code >> shift) & 0x3FU)); };
  if (code < 0x80) return add(code);
  if (code < 0x800) {
    add(0xC0U | (code >> 6));
  } else if (code < 0x10000) {
    add(0xE0U | (code >> 12));
    add_rest(6);
  } else {
    add(0xF0U | (code >> 18));
    add_rest(12);
    add_rest(6);
  }
  add_rest(0);
}

Status check_node_name(std::string_view name, const Limits& limits) {
  if (name.empty()) return fail(ErrorCode::invalid_argument, "a node's name is empty");
  CAUSAL_GYM_CHECKED(check_limit("bytes of a node's name", name.size(), limits.name_length));
  for (std::size_t i = 0; i < name.size();) {
    const auto [code, size] = first_character(name.substr(i));
    if (size == 0)
      return fail(ErrorCode::invalid_argument,
                  "a node's name is not UTF-8 at byte " + std::to_string(i + 1));
    if (is_control(code))
      return fail(ErrorCode::invalid_argument,
                  "a node's name holds a control character at byte " + std::to_string(i + 1));
    i += size;
  }
  return {};
}

bool is_bare_character(char32_t code) { return code < 0x80 ? is_ascii_word(code) : !is_sign(code); }

}  // namespace causal_gym

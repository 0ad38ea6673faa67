#include "engine/base/printable.h"

#include <cstddef>

namespace causal_gym {

namespace {

constexpr std::string_view hexadecimal = "0123456789abcdef";

void append_byte(std::string& text, unsigned char byte) {
  text += hexadecimal[byte / 16U];
  text += hexadecimal[byte % 16U];
}

}  // namespace

std::string printable(std::string_view text) {
  std::string safe;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    // 0xc2 0x80 to 0xc2 0x9f are the control characters beyond ASCII in UTF-8.
    if (c == 0xc2 && next >= 0x80 && next < 0xa0) {
      append_byte(safe += "\\u00", static_cast<unsigned char>(next));
      ++i;
    } else if ((c < 0x20 && c != '\n') || c == 0x7f) {
      append_byte(safe += "\\x", c);
    } else {
      safe += text[i];
    }
  }
  return safe;
}

}  // namespace causal_gym

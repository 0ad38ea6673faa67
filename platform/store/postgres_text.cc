#include "platform/store/postgres_text.h"

#include <cstddef>
#include <cstdint>

namespace causal_gym {

namespace {

constexpr std::uint32_t first_stand_in = 0x10FF00;
constexpr std::uint32_t last_character = 0x10FFFF;
constexpr std::size_t stand_in_bytes = 4;

std::uint32_t byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

// The bytes of the character at `at`; 0 when there is no valid one.
std::size_t character_bytes(std::string_view text, std::size_t at, std::uint32_t& character) {
  const std::uint32_t first = byte_at(text, at);
  character = first;
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return 0;
  character = first & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const std::uint32_t next = byte_at(text, at + i);
    if ((next & 0xC0U) != 0x80) return 0;
    character = character << 6U | (next & 0x3FU);
  }
  const bool overlong = (length == 3 && character < 0x800) || (length == 4 && character < 0x10000);
  const bool surrogate = character >= 0xD800 && character <= 0xDFFF;
  return overlong || surrogate || character > last_character ? 0 : length;
}

// F4 8F BC 80 to F4 8F BF BF.
void append_stand_in(std::string& text, std::uint32_t byte) {
  text += "\xF4\x8F";
  text += static_cast<char>(0xBC + (byte >> 6U));
  text += static_cast<char>(0x80 + (byte & 0x3FU));
}

}  // namespace

std::string to_postgres_text(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    std::uint32_t character = 0;
    const std::size_t length = character_bytes(bytes, at, character);
    if (length == 0 || character == 0 || character >= first_stand_in) {
      append_stand_in(text, byte_at(bytes, at));
      ++at;
    } else {
      text.append(bytes, at, length);
      at += length;
    }
  }
  return text;
}

std::string from_postgres_text(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    std::uint32_t character = 0;
    const std::size_t length = character_bytes(text, at, character);
    if (length == stand_in_bytes && character >= first_stand_in)
      bytes += static_cast<char>(character - first_stand_in);
    else
      bytes.append(text, at, length == 0 ? 1 : length);
    at += length == 0 ? 1 : length;
  }
  return bytes;
}

}  // namespace causal_gym

// The few questions about characters and words that reading a reply needs. No locale; each is
// constant, or linear in what it is given.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <vector>

namespace causal_gym {

inline bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_letter(char c) { return c >= 'a' && c <= 'z'; }  // of a text in lower case
inline bool is_space(char c) { return c == ' ' || c == '\n'; }
inline char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// The code point at the head of a text that is not empty, and its length; {0, 1} where the bytes
// are not UTF-8.
struct CodePoint {
  std::uint32_t value = 0;
  std::size_t bytes = 1;
};

inline CodePoint code_point(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  if (bytes == 1 || text.size() < bytes) return {};
  std::uint32_t value = lead & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0U) != 0x80U) return {};
    value = value << 6U | (next & 0x3FU);
  }
  return {value, bytes};
}

template <class Words>
bool is_among(const Words& words, std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

// Does the text hold one of the phrases?
template <class Phrases>
bool contains_any(std::string_view text, const Phrases& phrases) {
  return std::any_of(std::begin(phrases), std::end(phrases), [text](std::string_view phrase) {
    return text.find(phrase) != std::string_view::npos;
  });
}

inline std::string_view trimmed(std::string_view text, std::string_view signs = " \t\r\n") {
  const auto begin = text.find_first_not_of(signs);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(signs) - begin + 1);
}

inline std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace causal_gym

#include "platform/llm/secret.h"

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string_view>
#include <system_error>
#include <utility>

namespace causal_gym {

namespace {

constexpr std::size_t shortest_hidden_bytes = 8;
constexpr std::string_view hidden_key = "[key]";

int hex_value(std::string_view digits) {
  int value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return error == std::errc() && end == digits.data() + digits.size() ? value : -1;
}

// How many characters at the front of `text` stand for `c`, in whatever way; 0: none.
std::size_t length_of(char c, std::string_view text) {
  const int code = static_cast<unsigned char>(c);
  if (text.size() >= 3 && text[0] == '%' && hex_value(text.substr(1, 2)) == code) return 3;
  if (text.size() >= 6 && text.starts_with("\\u") && hex_value(text.substr(2, 4)) == code) return 6;
  if (text.size() >= 2 && text[0] == '\\' && text[1] == c) return 2;
  return !text.empty() && text[0] == c ? 1 : 0;
}

// Whether `text`, the last of it, is the beginning of an escape.
bool is_cut_escape(std::string_view text) {
  return text.empty() || (text[0] == '%' && text.size() < 3) || text == "\\" ||
         (text.starts_with("\\u") && text.size() < 6);
}

// The same of the whole key, or of so much of it that the end of the text has left over.
std::size_t length_of(std::string_view key, std::string_view text) {
  std::size_t used = 0;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const auto rest = text.substr(used);
    const auto length = length_of(key[i], rest);
    if (length == 0) return i >= shortest_hidden_bytes && is_cut_escape(rest) ? text.size() : 0;
    used += length;
  }
  return used;
}

// Where the text's end is a beginning of `form` that tells too much; its size when it is none.
std::size_t cut_at_end(std::string_view form, std::string_view text) {
  auto at = text.size() - std::min(text.size(), form.size() - 1);
  for (const auto begin = form.substr(0, shortest_hidden_bytes);; ++at) {
    at = text.find(begin, at);
    if (at == std::string_view::npos) return text.size();
    if (form.starts_with(text.substr(at))) return at;
  }
}

// The digits that the key alone decides when `before` bytes, mod 3, stand before it.
std::string base64_digits(std::string_view key, std::size_t before) {
  constexpr std::size_t bits_a_byte = 8;
  constexpr std::size_t bits_a_digit = 6;
  const auto bytes = std::string(before, '\0').append(key);
  std::vector<unsigned char> digits(bytes.size() / 3 * 4 + 5);
  EVP_EncodeBlock(digits.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  const auto begin = (before * bits_a_byte + bits_a_digit - 1) / bits_a_digit;
  const auto end = bytes.size() * bits_a_byte / bits_a_digit;
  return {digits.begin() + static_cast<std::ptrdiff_t>(begin),
          digits.begin() + static_cast<std::ptrdiff_t>(end)};
}

std::string url_safe(std::string digits) {
  std::replace(digits.begin(), digits.end(), '+', '-');
  std::replace(digits.begin(), digits.end(), '/', '_');
  return digits;
}

std::vector<std::string> base64_forms(const std::string& key) {
  std::vector<std::string> forms;
  for (const std::size_t before : {0, 1, 2}) {
    forms.push_back(base64_digits(key, before));
    forms.push_back(url_safe(forms.back()));
  }
  std::sort(forms.begin(), forms.end());
  forms.erase(std::unique(forms.begin(), forms.end()), forms.end());
  return forms;
}

}  // namespace

Secret::Secret(std::string text) : text_(std::move(text)) {
  if (text_.size() >= shortest_hidden_bytes)
    base64_ = std::make_shared<const std::vector<std::string>>(base64_forms(text_));
}

bool Secret::hide_in(std::string& text) const {
  if (!base64_) return false;
  bool found = false;
  const auto hide = [&](std::size_t at, std::size_t length) {
    text.replace(at, length, hidden_key);
    found = true;
    return at + hidden_key.size();
  };
  // Each by itself, as memchr finds one character at a time.
  for (const char begin : {text_.front(), '%', '\\'})
    for (auto at = text.find(begin); at != std::string::npos;) {
      const auto length = length_of(text_, std::string_view(text).substr(at));
      at = text.find(begin, length == 0 ? at + 1 : hide(at, length));
    }
  for (const auto& form : *base64_) {
    for (auto at = text.find(form); at != std::string::npos; at = text.find(form, at))
      at = hide(at, form.size());
    if (const auto at = cut_at_end(form, text); at < text.size()) hide(at, text.size() - at);
  }
  return found;
}

}  // namespace causal_gym

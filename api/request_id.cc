#include "api/request_id.h"

#include <algorithm>

namespace causal_gym {

namespace {

constexpr std::string_view blanks = " \t\r\n";
// The parser steps over it at the beginning of a text, so that it may not stand before a value.
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

// Steps over the members of one object without building them.
class MemberScanner {
 public:
  explicit MemberScanner(std::string_view text) : text_(text) {}

  [[nodiscard]] bool take(char symbol) {
    at_ = std::min(text_.find_first_not_of(blanks, at_), text_.size());
    if (at_ == text_.size() || text_[at_] != symbol) return false;
    ++at_;
    return true;
  }

  // The string that comes next, with its quotes; empty when there is none.
  std::string_view string() {
    if (!take('"')) return {};
    const std::size_t begin = at_ - 1;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    if (at_ >= text_.size()) return {};
    return text_.substr(begin, ++at_ - begin);
  }

  // Everything up to the ',' or '}' that ends the value.
  std::string_view value() {
    const std::size_t begin = std::min(text_.find_first_not_of(blanks, at_), text_.size());
    std::size_t depth = 0;
    for (at_ = begin; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        if (string().empty()) at_ = text_.size();
        --at_;  // the loop steps over the closing quote
        continue;
      }
      const bool closes = c == '}' || c == ']';
      if (depth == 0 && (closes || c == ',')) break;
      if (c == '{' || c == '[') ++depth;
      if (closes) --depth;
    }
    const auto found = text_.substr(begin, at_ - begin);
    return found.substr(0, found.find_last_not_of(blanks) + 1);
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<std::string> request_id_text(std::string_view body, const JsonLimits& limits) {
  if (body.size() > limits.bytes) return std::nullopt;
  if (body.starts_with(byte_order_mark)) body.remove_prefix(byte_order_mark.size());
  MemberScanner scanner(body);
  if (!scanner.take('{')) return std::nullopt;
  do {
    const auto key = scanner.string();
    if (key.empty() || !scanner.take(':')) return std::nullopt;
    const auto value = scanner.value();
    if (key != "\"id\"") continue;
    // The parser takes a zero byte for the end of its text.
    const bool has_controls =
        std::any_of(value.begin(), value.end(), [](unsigned char c) { return c < 0x20; });
    if (has_controls || value.starts_with(byte_order_mark) || !parse_json(value, limits))
      return std::nullopt;
    return std::string(value);
  } while (scanner.take(','));
  return std::nullopt;
}

}  // namespace causal_gym

// Tokens of BIF texts. Blanks and comments (//, /* */) fall between them.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/limits.h"
#include "engine/base/result.h"

namespace causal_gym {

struct BifToken {
  enum class Kind { word, string, symbol, end };
  Kind kind = Kind::end;
  std::string_view text;   // a string without its quotes; a symbol is one character
  std::size_t offset = 0;  // of its first byte
};

// May the name stand without quotes?
[[nodiscard]] bool is_bif_word(std::string_view name);

// Reads tokens one at a time. The text must outlive the lexer and its tokens. A small value: copy
// it to come back to a place.
class BifLexer {
 public:
  BifLexer(std::string_view text, const Limits& limits)
      : text_(text), longest_(limits.name_length) {}

  // Errors: parse_error (a string or comment that is not closed), limit_exceeded (a word or string
  // longer than a name may be).
  [[nodiscard]] Result<BifToken> next();
  // Skips to the next ';' outside strings and comments, and past it: what a property's text is.
  [[nodiscard]] Status skip_statement();

  [[nodiscard]] std::string where(std::size_t offset) const;

 private:
  Status skip_blanks();
  [[nodiscard]] bool comment_begins(std::size_t at) const;
  Result<BifToken> take_string();

  std::string_view text_;
  std::size_t longest_;
  std::size_t at_ = 0;
};

}  // namespace causal_gym

// Tokens of graph texts: the own syntax, dagitty blocks and Graphviz DOT share them.
//
// A token is a pair of offsets; positions in lines and columns are counted only when an error
// needs them.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace causal_gym {

enum class TokenKind {
  word,    // a bare name
  number,  // with a minus sign; numbers without one are words
  string,  // in double quotes
  forward,
  backward,
  bidirected,
  open_brace,
  close_brace,
  open_bracket,
  close_bracket,
  equals,
  comma,
  semicolon,
  colon,
  newline,
  end,
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::size_t begin = 0;
  std::size_t end = 0;
};

// "line 2, column 5" (columns count characters, both from 1). O(offset).
[[nodiscard]] std::string text_position(std::string_view text, std::size_t offset);

// Reads tokens one at a time; blanks and comments (#, //, /* */) fall between them. The text must
// outlive the lexer. A small value: copy it to look ahead.
class TextLexer {
 public:
  explicit TextLexer(std::string_view text);

  // Errors: parse_error (a character that begins no token, a quote or comment that is not closed).
  [[nodiscard]] Result<Token> next();

  // A word as it stands, a string without its quotes and with \" and \\ resolved.
  [[nodiscard]] std::string value(const Token& token) const;
  // For messages: "'->'", "end of line", "end of text".
  [[nodiscard]] std::string describe(const Token& token) const;
  [[nodiscard]] std::string where(std::size_t offset) const { return text_position(text_, offset); }

 private:
  [[nodiscard]] bool follows(std::string_view prefix) const {
    return text_.substr(at_).starts_with(prefix);
  }
  Status skip_blanks();
  Result<Token> take(TokenKind kind, std::size_t size);
  Result<Token> take_string();
  Result<Token> take_word();
  [[nodiscard]] Result<Token> refuse() const;

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace causal_gym

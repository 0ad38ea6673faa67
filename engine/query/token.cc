#include "engine/query/token.h"

namespace causal_gym {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::size_t digits(std::string_view text, std::size_t from) {
  while (from < text.size() && is_digit(text[from])) ++from;
  return from;
}

std::size_t characters(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text)
    if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) ++count;
  return count;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> run() {
    while (position_ < text_.size()) {
      if (is_space(text_[position_])) {
        advance(1);
        continue;
      }
      if (text_[position_] == '"') {
        CAUSAL_GYM_CHECKED(quoted());
        continue;
      }
      if (const auto number = number_length(text_.substr(position_)); number > 0) {
        const auto number_text = text_.substr(position_, number);
        const bool has_sign = number_text.find_first_of("+-") != std::string_view::npos;
        push(has_sign ? TokenKind::signed_number : TokenKind::word, number);
        continue;
      }
      if (is_word_character(text_[position_])) {
        std::size_t length = 1;
        while (position_ + length < text_.size() && is_word_character(text_[position_ + length]))
          ++length;
        push(TokenKind::word, length);
        continue;
      }
      CAUSAL_GYM_CHECKED(symbol());
    }
    tokens_.push_back({TokenKind::end, "", column_});
    return std::move(tokens_);
  }

 private:
  void advance(std::size_t length) {
    column_ += characters(text_.substr(position_, length));
    position_ += length;
  }

  void push(TokenKind kind, std::size_t length) {
    tokens_.push_back({kind, std::string(text_.substr(position_, length)), column_});
    advance(length);
  }

  [[nodiscard]] std::string here() const { return "column " + std::to_string(column_); }

  Status quoted() {
    Token token{TokenKind::quoted, "", column_};
    std::size_t i = position_ + 1;
    for (; i < text_.size() && text_[i] != '"'; ++i) {
      if (text_[i] == '\\') {
        ++i;
        if (i == text_.size()) break;
        if (text_[i] != '"' && text_[i] != '\\')
          return fail(ErrorCode::parse_error,
                      "unknown escape in a quoted name; only \\\" and \\\\ are known", here());
      }
      token.text += text_[i];
    }
    if (i >= text_.size())
      return fail(ErrorCode::parse_error, "a quoted name is not closed", here(),
                  "close it with \"");
    if (token.text.empty()) return fail(ErrorCode::parse_error, "a quoted name is empty", here());
    tokens_.push_back(std::move(token));
    advance(i + 1 - position_);
    return {};
  }

  Status symbol() {
    static constexpr std::string_view two[] = {"->", "!=", "<=", ">="};
    const auto rest = text_.substr(position_);
    for (const auto candidate : two) {
      if (!rest.starts_with(candidate)) continue;
      push(TokenKind::symbol, 2);
      return {};
    }
    static constexpr std::string_view one = "()[]{},|=<>+-*/:;";
    if (one.find(rest[0]) == std::string_view::npos)
      return fail(ErrorCode::parse_error, "unexpected character '" + std::string(1, rest[0]) + "'",
                  here(), "quote a name that holds it: \"...\"");
    push(TokenKind::symbol, 1);
    return {};
  }

  std::string_view text_;
  std::size_t position_ = 0;
  std::size_t column_ = 1;
  std::vector<Token> tokens_;
};

}  // namespace

bool is_word_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' ||
         c == '\'' || (static_cast<unsigned char>(c) & 0x80U) != 0;
}

std::size_t number_length(std::string_view text) {
  auto end = digits(text, 0);
  auto mantissa = end;
  if (end < text.size() && text[end] == '.') {
    const auto fraction = digits(text, end + 1);
    mantissa += fraction - end - 1;
    end = fraction;
  }
  if (mantissa == 0) return 0;
  if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    auto exponent = end + 1;
    if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
    if (const auto last = digits(text, exponent); last > exponent) end = last;
  }
  return end < text.size() && is_word_character(text[end]) ? 0 : end;
}

}  // namespace causal_gym

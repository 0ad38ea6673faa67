#include "engine/query/token.h"

#include "engine/graph/node_name.h"

namespace causal_gym {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::size_t after_digits(std::string_view text, std::size_t from) {
  while (from < text.size() && is_digit(text[from])) ++from;
  return from;
}

// Length of the word the text starts with; 0 when it starts with none.
std::size_t word_length(std::string_view text) {
  std::size_t length = 0;
  while (true) {
    const auto [code, size] = first_character(text.substr(length));
    if (size == 0 || !is_bare_character(code)) return length;
    length += size;
  }
}

class QueryLexer {
 public:
  explicit QueryLexer(std::string_view text) : text_(text) {}

  Result<std::vector<QueryToken>> run() {
    CAUSAL_GYM_CHECKED(check_encoding());
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
        push(has_sign ? QueryTokenKind::signed_number : QueryTokenKind::word, number);
        continue;
      }
      if (const auto word = word_length(text_.substr(position_)); word > 0) {
        push(QueryTokenKind::word, word);
        continue;
      }
      CAUSAL_GYM_CHECKED(symbol());
    }
    tokens_.push_back({QueryTokenKind::end, "", column_});
    return std::move(tokens_);
  }

 private:
  [[nodiscard]] Status check_encoding() const {
    std::size_t column = 1;
    for (std::size_t i = 0; i < text_.size(); ++column) {
      const auto size = first_character(text_.substr(i)).size;
      if (size == 0)
        return fail(ErrorCode::parse_error, "the query is not UTF-8",
                    "column " + std::to_string(column));
      i += size;
    }
    return {};
  }

  void advance(std::size_t length) {
    for (const auto end = position_ + length; position_ < end; ++column_)
      position_ += first_character(text_.substr(position_)).size;
  }

  void push(QueryTokenKind kind, std::size_t length) {
    tokens_.push_back({kind, std::string(text_.substr(position_, length)), column_});
    advance(length);
  }

  [[nodiscard]] std::string here() const { return "column " + std::to_string(column_); }

  Status quoted() {
    QueryToken token{QueryTokenKind::quoted, "", column_};
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
      push(QueryTokenKind::symbol, 2);
      return {};
    }
    static constexpr std::string_view one = "()[]{},|=<>+-*/:;";
    const auto size = first_character(rest).size;
    if (one.find(rest[0]) == std::string_view::npos)
      return fail(ErrorCode::parse_error,
                  "unexpected character '" + std::string(rest.substr(0, size)) + "'", here(),
                  "quote a name that holds it: \"...\"");
    push(QueryTokenKind::symbol, 1);
    return {};
  }

  std::string_view text_;
  std::size_t position_ = 0;
  std::size_t column_ = 1;
  std::vector<QueryToken> tokens_;
};

}  // namespace

Result<std::vector<QueryToken>> query_tokens(std::string_view text) {
  return QueryLexer(text).run();
}

std::size_t number_length(std::string_view text) {
  auto end = after_digits(text, 0);
  auto mantissa = end;
  if (end < text.size() && text[end] == '.') {
    const auto fraction = after_digits(text, end + 1);
    mantissa += fraction - end - 1;
    end = fraction;
  }
  if (mantissa == 0) return 0;
  if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    auto exponent = end + 1;
    if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
    if (const auto last = after_digits(text, exponent); last > exponent) end = last;
  }
  return word_length(text.substr(end)) > 0 ? 0 : end;
}

bool is_bare_value(std::string_view text) {
  const auto digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (!digits.empty() && number_length(digits) == digits.size()) return true;
  return !text.empty() && word_length(text) == text.size();
}

bool is_exact_value(std::string_view text) {
  return text.size() > 2 && text.front() == '"' && text.back() == '"' &&
         is_bare_value(text.substr(1, text.size() - 2));
}

}  // namespace causal_gym

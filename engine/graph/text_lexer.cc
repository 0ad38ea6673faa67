#include "engine/graph/text_lexer.h"

#include <algorithm>

#include "engine/graph/node_name.h"

namespace causal_gym {
namespace {

struct Symbol {
  std::string_view text;
  TokenKind kind;
};

constexpr Symbol symbols[] = {
    // longer ones first where one begins another
    {"<->", TokenKind::bidirected},  {"->", TokenKind::forward},    {"<-", TokenKind::backward},
    {"{", TokenKind::open_brace},    {"}", TokenKind::close_brace}, {"[", TokenKind::open_bracket},
    {"]", TokenKind::close_bracket}, {"=", TokenKind::equals},      {",", TokenKind::comma},
    {";", TokenKind::semicolon},     {":", TokenKind::colon},       {"\n", TokenKind::newline},
};

struct Misspelling {
  std::string_view text;
  std::string_view advice;
};

constexpr Misspelling misspellings[] = {
    {"--", "edges are written '->', '<-' or '<->'"},
    {"@-", "edges are written '->', '<-' or '<->'"},
    {"-", "edges are written '->', '<-' or '<->'"},
    {">", "edges are written '->', '<-' or '<->'"},
    {"<", "edges are written '->', '<-' or '<->'"},
    {"\u2192", "write '->'"},
    {"\u2190", "write '<-'"},
    {"\u2194", "write '<->'"},
    {"\u201C", "names are quoted with \""},
    {"\u201D", "names are quoted with \""},
    {"\u2018", "names are quoted with \""},
    {"\u2019", "names are quoted with \""},
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string text_position(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, std::min(offset, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  const auto column = 1 + std::count_if(before.begin() + static_cast<std::ptrdiff_t>(line_start),
                                        before.end(), [](char c) { return (c & 0xC0) != 0x80; });
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

TextLexer::TextLexer(std::string_view text) : text_(text) {
  if (follows("\xEF\xBB\xBF")) at_ = 3;  // byte order mark
}

Result<Token> TextLexer::next() {
  CAUSAL_GYM_CHECKED(skip_blanks());
  if (at_ == text_.size()) return take(TokenKind::end, 0);
  for (const auto& symbol : symbols)
    if (follows(symbol.text)) return take(symbol.kind, symbol.text.size());
  if (text_[at_] == '"') return take_string();
  return take_word();
}

Status TextLexer::skip_blanks() {
  while (at_ < text_.size()) {
    if (const char c = text_[at_]; c == ' ' || c == '\t' || c == '\r') {
      ++at_;
    } else if (c == '#' || follows("//")) {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (follows("/*")) {
      const auto close = text_.find("*/", at_ + 2);
      if (close == std::string_view::npos)
        return fail(ErrorCode::parse_error, "the comment '/*' is not closed", where(at_),
                    "close it with '*/'");
      at_ = close + 2;
    } else {
      break;
    }
  }
  return {};
}

Result<Token> TextLexer::take(TokenKind kind, std::size_t size) {
  const Token token{kind, at_, at_ + size};
  at_ += size;
  return token;
}

Result<Token> TextLexer::take_string() {
  for (std::size_t i = at_ + 1; i < text_.size() && text_[i] != '\n'; ++i) {
    if (text_[i] == '"') return take(TokenKind::string, i + 1 - at_);
    const bool escape = text_[i] == '\\' && i + 1 < text_.size() && text_[i + 1] != '\n';
    if (escape) ++i;
  }
  return fail(ErrorCode::parse_error, "the quoted name is not closed on its line", where(at_),
              "close it with \"");
}

Result<Token> TextLexer::take_word() {
  const auto rest = text_.substr(at_);
  const auto second = rest.size() > 1 ? rest[1] : '\0';
  const bool number = rest.front() == '-' && (is_digit(second) || second == '.');
  std::size_t size = number ? 1 : 0;
  for (;;) {
    const auto character = first_character(rest.substr(size));
    if (character.size == 0 || !is_bare_character(character.code)) break;
    size += character.size;
  }
  if (size == 0) return refuse();
  return take(number ? TokenKind::number : TokenKind::word, size);
}

Result<Token> TextLexer::refuse() const {
  for (const auto& [text, advice] : misspellings)
    if (follows(text))
      return fail(ErrorCode::parse_error, "unexpected '" + std::string(text) + "'", where(at_),
                  std::string(advice));
  const auto [code, size] = first_character(text_.substr(at_));
  const auto byte = static_cast<unsigned char>(text_[at_]);
  if (size == 0)
    return fail(ErrorCode::parse_error, "the text is not UTF-8: byte " + std::to_string(byte),
                where(at_));
  if (code < 0x20 || code == 0x7F)
    return fail(ErrorCode::parse_error, "unexpected control character " + std::to_string(byte),
                where(at_));
  return fail(ErrorCode::parse_error,
              "unexpected character '" + std::string(text_.substr(at_, size)) + "'", where(at_),
              "names with other characters than letters, digits, '_', '.' and ' are quoted: "
              "\"blood pressure\"");
}

std::string TextLexer::value(const Token& token) const {
  const auto raw = text_.substr(token.begin, token.end - token.begin);
  if (token.kind != TokenKind::string) return std::string(raw);
  std::string name;
  for (std::size_t i = 1; i + 1 < raw.size(); ++i) {
    const bool escape = raw[i] == '\\' && (raw[i + 1] == '\\' || raw[i + 1] == '"');
    if (escape) ++i;
    name += raw[i];
  }
  return name;
}

std::string TextLexer::describe(const Token& token) const {
  if (token.kind == TokenKind::end) return "the end of the text";
  if (token.kind == TokenKind::newline) return "the end of the line";
  return "'" + value(token) + "'";
}

}  // namespace causal_gym

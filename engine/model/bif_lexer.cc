#include "engine/model/bif_lexer.h"

#include <array>

#include "engine/graph/text_lexer.h"

namespace causal_gym {
namespace {

enum class CharacterKind : unsigned char { word, blank, symbol, quote };

constexpr std::array<CharacterKind, 256> make_kinds() {
  std::array<CharacterKind, 256> kinds{};
  for (const char c : std::string_view(" \t\r\n\f\v"))
    kinds[static_cast<unsigned char>(c)] = CharacterKind::blank;
  for (const char c : std::string_view("{}()[],;|"))
    kinds[static_cast<unsigned char>(c)] = CharacterKind::symbol;
  kinds[static_cast<unsigned char>('"')] = CharacterKind::quote;
  return kinds;
}

CharacterKind kind_of(char c) {
  static constexpr auto kinds = make_kinds();
  return kinds[static_cast<unsigned char>(c)];
}

}  // namespace

bool is_bif_word(std::string_view name) {
  if (name.find("//") != std::string_view::npos || name.find("/*") != std::string_view::npos)
    return false;
  for (const char c : name)
    if (kind_of(c) != CharacterKind::word) return false;
  return !name.empty();
}

std::string BifLexer::where(std::size_t offset) const { return text_position(text_, offset); }

bool BifLexer::comment_begins(std::size_t at) const {
  return text_[at] == '/' && at + 1 < text_.size() &&
         (text_[at + 1] == '/' || text_[at + 1] == '*');
}

Status BifLexer::skip_blanks() {
  while (at_ < text_.size()) {
    if (kind_of(text_[at_]) == CharacterKind::blank) {
      ++at_;
    } else if (comment_begins(at_)) {
      const bool block = text_[at_ + 1] == '*';
      const auto close = block ? text_.find("*/", at_ + 2) : text_.find('\n', at_);
      if (block && close == std::string_view::npos)
        return fail(ErrorCode::parse_error, "a comment is not closed", where(at_));
      at_ = close == std::string_view::npos ? text_.size() : close + (block ? 2 : 1);
    } else {
      break;
    }
  }
  return {};
}

Result<BifToken> BifLexer::take_string() {
  const auto begin = at_;
  const auto close = text_.find('"', begin + 1);
  if (close == std::string_view::npos)
    return fail(ErrorCode::parse_error, "a string is not closed", where(begin));
  at_ = close + 1;
  return BifToken{BifToken::Kind::string, text_.substr(begin + 1, close - begin - 1), begin};
}

Result<BifToken> BifLexer::next() {
  CAUSAL_GYM_CHECKED(skip_blanks());
  const auto begin = at_;
  if (begin == text_.size()) return BifToken{BifToken::Kind::end, {}, begin};
  const auto kind = kind_of(text_[begin]);
  if (kind == CharacterKind::symbol)
    return BifToken{BifToken::Kind::symbol, text_.substr(at_++, 1), begin};
  BifToken token{BifToken::Kind::word, {}, begin};
  if (kind == CharacterKind::quote) {
    CAUSAL_GYM_TRY(string, take_string());
    token = string;
  } else {
    while (at_ < text_.size() && kind_of(text_[at_]) == CharacterKind::word && !comment_begins(at_))
      ++at_;
    token.text = text_.substr(begin, at_ - begin);
  }
  if (token.text.size() > longest_) {
    auto error = check_limit("bytes of a word", token.text.size(), longest_).error();
    error.where = where(begin);
    return fail(std::move(error));
  }
  return token;
}

Status BifLexer::skip_statement() {
  while (true) {
    CAUSAL_GYM_CHECKED(skip_blanks());
    if (at_ == text_.size())
      return fail(ErrorCode::parse_error, "expected ';' but found the end of the text", where(at_));
    if (kind_of(text_[at_]) == CharacterKind::quote) {
      CAUSAL_GYM_TRY(string, take_string());
      at_ = string.offset + string.text.size() + 2;
    } else if (text_[at_++] == ';') {
      return {};
    }
  }
}

}  // namespace causal_gym

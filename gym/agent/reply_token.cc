#include "gym/agent/reply_token.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "gym/agent/plain_reply.h"
#include "gym/agent/plain_text.h"
#include "gym/agent/written_number.h"

namespace causal_gym {

namespace {

// The words before a bracket that make it a term of the query language.
constexpr std::string_view terms[] = {"p",   "pr",  "prob", "e",          "do",  "ate",
                                      "att", "atu", "cde",  "nde",        "nie", "te",
                                      "pn",  "ps",  "pns",  "probability"};
constexpr std::string_view abbreviations[] = {"i.e.",    "e.g.", "d.p.", "s.f.",
                                              "approx.", "ca.",  "est.", "prob."};
// Words of scripts that do not divide them; every other sign of such a script is a word of its own.
constexpr std::string_view undivided_words[] = {"答案", "答え", "概率",   "確率", "可能性",
                                                "最终", "最終", "である", "です", "左右"};

bool is_undivided(std::uint32_t point) {
  return (point >= 0x2E80 && point <= 0x9FFF) || (point >= 0xAC00 && point <= 0xD7AF);
}

bool is_beyond_ascii_letter(std::uint32_t point) { return point >= 0xC0 && point < 0x2000; }

bool is_word_sign(char c) { return is_letter(c) || is_digit(c) || c == '_'; }

class Tokenizer {
 public:
  Tokenizer(std::string_view text, const AskedQuery& asked) : text_(text), asked_(asked) {}

  std::vector<ReplyToken> tokens() {
    while (at_ < text_.size()) take();
    return std::move(tokens_);
  }

 private:
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\n';
  }
  [[nodiscard]] char before(std::size_t i) const { return i > 0 ? text_[i - 1] : '\n'; }
  [[nodiscard]] bool begins_line() const {
    return tokens_.empty() || tokens_.back().kind == TokenKind::line_end;
  }
  [[nodiscard]] std::size_t past_spaces(std::size_t at) const {
    return std::min(text_.find_first_not_of(' ', at), text_.size());
  }

  void add(TokenKind kind, std::size_t end) {
    tokens_.push_back({kind, at_, end, text_.substr(at_, end - at_)});
    at_ = end;
  }
  void add_unread(std::size_t end, std::string_view reason) {
    add(TokenKind::number, end);
    tokens_.back().reason = reason;
  }

  void take() {
    const char c = peek();
    if (c == ' ') {
      ++at_;
    } else if (c == '\n') {
      add(TokenKind::line_end, at_ + 1);
    } else if (const auto end = past_asked(); end > at_) {
      add(TokenKind::asked, end);
    } else if (c == unread_mark) {
      add_unread(at_ + 1, "a number is told in a way that is not read");
    } else if (begins_digits(at_)) {
      take_number(at_);
    } else if ((c == '-' || c == '+') && begins_digits(at_ + 1) && !joins_operands()) {
      take_number(at_ + 1);
    } else if (c == '-' && begins_line() && peek(1) == ' ') {
      take_bullet();
    } else if (is_letter(c) || c == '_') {
      take_word();
    } else if (is_ascii(c)) {
      add(TokenKind::sign, at_ + 1);
    } else {
      take_beyond_ascii();
    }
  }

  [[nodiscard]] bool begins_digits(std::size_t at) const {
    if (at >= text_.size()) return false;
    if (is_digit(text_[at])) return true;
    return text_[at] == '.' && at + 1 < text_.size() && is_digit(text_[at + 1]) &&
           before(at) != '.' && !is_word_sign(before(at));
  }

  // Is the sign here between two operands, or after another sign, and so of no number?
  [[nodiscard]] bool joins_operands() const {
    const char left = before(at_);
    return is_word_sign(left) || !is_ascii(left) ||
           std::string_view(")]}%-+'\"").find(left) != std::string_view::npos;
  }

  // Past the asked query, when it stands here in one of its spellings.
  [[nodiscard]] std::size_t past_asked() const {
    const std::string_view form = asked_.form;
    if (form.empty() || peek() != form[0]) return at_;
    auto at = at_;
    for (const char c : form) {
      while (at < text_.size() && text_[at] != '\n' && !is_in_compact_form(text_[at])) ++at;
      if (at >= text_.size() || text_[at] != c) return at_;
      ++at;
    }
    return at < text_.size() && is_word_sign(text_[at]) ? at_ : at;
  }

  // Where numbers may be negative, "- 0.2" may be one.
  void take_bullet() {
    const auto next = past_spaces(at_ + 1);
    if (asked_.range.low >= 0 || !begins_digits(next)) {
      at_ = next;
      return;
    }
    at_ = next;
    take_number(next);
    spoil("a number's sign is unclear");
  }

  // "n't" is a word of its own.
  void take_word() {
    for (const auto abbreviation : abbreviations)
      if (text_.substr(at_).starts_with(abbreviation))
        return add(TokenKind::word, at_ + abbreviation.size());
    const auto end = word_end();
    const auto word = text_.substr(at_, end - at_);
    if (word.ends_with("n't")) {
      if (word.size() > 3) add(TokenKind::word, end - 3);
      return add(TokenKind::word, end);
    }
    if (is_among(terms, word) && end < text_.size() && (text_[end] == '(' || text_[end] == '['))
      return take_term(end);
    add(TokenKind::word, end);
  }

  // Letters, with the digits, points, hyphens and apostrophes inside a name.
  [[nodiscard]] std::size_t word_end() const {
    auto end = at_;
    while (end < text_.size()) {
      const char c = text_[end];
      const char next = end + 1 < text_.size() ? text_[end + 1] : '\n';
      const bool is_inside = end > at_ && ((c == '\'' && is_letter(next)) ||
                                           (c == '-' && (is_letter(next) || is_digit(next))) ||
                                           (c == '.' && is_digit(before(end)) && is_digit(next)));
      if (is_word_sign(c) || is_inside) {
        ++end;
      } else if (!is_ascii(c)) {
        const auto [point, bytes] = code_point(text_.substr(end));
        if (!is_beyond_ascii_letter(point)) return end;
        end += bytes;
      } else {
        return end;
      }
    }
    return end;
  }

  // One that is not closed on its line is cut off.
  void take_term(std::size_t open) {
    std::size_t depth = 0;
    for (auto i = open; i < text_.size() && text_[i] != '\n'; ++i) {
      if (text_[i] == '(' || text_[i] == '[') ++depth;
      if ((text_[i] == ')' || text_[i] == ']') && --depth == 0) return add(TokenKind::term, i + 1);
    }
    add_unread(std::min(text_.find('\n', open), text_.size()), "a term is cut off");
  }

  void take_beyond_ascii() {
    const auto rest = text_.substr(at_);
    for (const auto word : undivided_words)
      if (rest.starts_with(word)) return add(TokenKind::word, at_ + word.size());
    const auto [point, bytes] = code_point(rest);
    if (is_undivided(point)) return add(TokenKind::word, at_ + bytes);
    if (is_beyond_ascii_letter(point)) return take_word();
    add(TokenKind::sign, at_ + bytes);
  }

  void spoil(std::string_view reason) {
    if (tokens_.back().reason.empty()) tokens_.back().reason = reason;
  }

  void take_number(std::size_t digits) {
    if (is_list_mark()) {
      at_ = past_spaces(text_.find_first_of(".)", at_) + 1);
      return;
    }
    const bool is_first = begins_line();
    const auto begin = at_;
    const auto written = read_written_number(text_, digits);
    add(TokenKind::number, written.end);
    auto& token = tokens_.back();
    token.value = text_[begin] == '-' ? -written.value : written.value;
    token.slack = written.slack;
    token.is_whole = written.is_whole;
    token.reason = written.reason;
    check_left(begin, is_first);
    check_right(begin);
    if (written.is_whole) check_end();
  }

  // "2. Count", "2) Count" at the beginning of a line.
  [[nodiscard]] bool is_list_mark() const {
    if (!begins_line()) return false;
    const auto end = text_.find_first_not_of("0123456789", at_);
    if (end == std::string_view::npos || end == at_ || end + 2 >= text_.size()) return false;
    if ((text_[end] != '.' && text_[end] != ')') || text_[end + 1] != ' ') return false;
    const auto after = past_spaces(end + 1);
    return after < text_.size() && (is_letter(text_[after]) || !is_ascii(text_[after]));
  }

  void check_left(std::size_t begin, bool is_first) {
    auto apart = begin;
    while (before(apart) == ' ') --apart;
    if (before(apart) == '$' && !closes_formula(at_)) spoil("a number is an amount of money");
    if (before(begin) == '#') spoil("a number is a label");
    if (!is_first && before(begin) == '.') spoil("a number is part of a version");
  }

  // "$0.4$" is LaTeX.
  [[nodiscard]] bool closes_formula(std::size_t end) const {
    while (end < text_.size() && (text_[end] == ' ' || text_[end] == '.')) ++end;
    return end < text_.size() && text_[end] == '$';
  }

  // What touches the number; letters, marks and digits that cling to it are no tokens of their own.
  void check_right(std::size_t begin) {
    const auto rest = text_.substr(at_);
    const char left = before(begin), right = peek();
    const bool is_pair = (left == '[' || left == '(') && (right == ']' || right == ')');
    if (is_pair && text_.substr(begin, at_ - begin).find(',') != std::string_view::npos)
      spoil("a range");
    if (rest.starts_with("..")) spoil("a number trails off");
    const bool is_mark = right == unread_mark;
    const bool is_compound = right == '-' && is_letter(peek(1));
    if (is_compound || (right == '\'' && is_letter(peek(1)))) ++at_;
    const auto end = word_end();
    if (!is_mark && !is_compound && end == at_) return;
    spoil("a number has a unit or an ending");
    at_ = end;
    tokens_.back().end = at_;
  }

  // A whole number and a point at the very end: more digits may have been meant.
  void check_end() {
    const bool ends = text_.find_first_not_of(" \n", at_ + 1) == std::string_view::npos;
    if (peek() == '.' && ends && tokens_.back().value != asked_.range.high)
      spoil("a number may be cut off");
  }

  std::string_view text_;
  const AskedQuery& asked_;
  std::size_t at_ = 0;
  std::vector<ReplyToken> tokens_;
};

}  // namespace

std::string_view ReplyTokens::text(std::size_t begin, std::size_t end) const {
  if (begin >= end) return {};
  const auto first = (*this)[begin].begin;
  return plain_.substr(first, (*this)[end - 1].end - first);
}

std::size_t ReplyTokens::past_phrase(std::size_t i, std::string_view phrase) const {
  auto at = i;
  while (!phrase.empty()) {
    const auto end = std::min(phrase.find(' '), phrase.size());
    if (at >= size() || tokens_[at].text != phrase.substr(0, end)) return i;
    ++at;
    phrase.remove_prefix(std::min(end + 1, phrase.size()));
  }
  return at;
}

std::size_t ReplyTokens::past_signs(std::size_t i, std::string_view signs) const {
  while ((*this)[i].is_sign_of(signs)) ++i;
  return i;
}

bool ReplyTokens::stands_apart(std::size_t i) const {
  const auto& token = (*this)[i];
  return token.begin > 0 && plain_[token.begin - 1] == ' ' && token.end < plain_.size() &&
         plain_[token.end] == ' ';
}

ReplyTokens reply_tokens(std::string_view plain, const AskedQuery& asked) {
  return {plain, Tokenizer(plain, asked).tokens()};
}

}  // namespace causal_gym

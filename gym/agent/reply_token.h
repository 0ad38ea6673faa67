// A plain reply as tokens: words, numbers, the asked query, other terms of the query language
// (P(...), do(...)), signs and the ends of lines. Cost: linear in the text.
//
// The mark of a numbered list ("2. Count.") and a bullet are no tokens. A name keeps its digits
// (x1, gpt-4). A number that is cut off, clings to letters, is money or a label has a reason.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "gym/agent/asked_query.h"

namespace causal_gym {

enum class TokenKind { word, number, asked, term, sign, line_end };

struct ReplyToken {
  TokenKind kind = TokenKind::line_end;
  std::size_t begin = 0;  // bytes of the text
  std::size_t end = 0;
  std::string_view text = "\n";
  double value = 0;              // of a number; also what follows
  double slack = 0;              // half a unit of the last decimal; 0 for whole ones, fractions
  bool is_whole = false;         // digits alone
  std::string_view reason = {};  // why it has no value: one clause
  [[nodiscard]] bool is_sign(char c) const { return kind == TokenKind::sign && text[0] == c; }
  [[nodiscard]] bool is_sign_of(std::string_view signs) const {
    return kind == TokenKind::sign && signs.find(text[0]) != std::string_view::npos;
  }
  [[nodiscard]] bool is_word(std::string_view word) const {
    return kind == TokenKind::word && text == word;
  }
  [[nodiscard]] bool is_number() const { return kind == TokenKind::number; }
  [[nodiscard]] bool has_value() const { return is_number() && reason.empty(); }
};

class ReplyTokens {
 public:
  // `plain` outlives the tokens.
  ReplyTokens(std::string_view plain, std::vector<ReplyToken> tokens)
      : plain_(plain), tokens_(std::move(tokens)) {
    past_end_.begin = past_end_.end = plain.size();
  }
  [[nodiscard]] std::size_t size() const { return tokens_.size(); }
  // Past the last token the line has ended.
  [[nodiscard]] const ReplyToken& operator[](std::size_t i) const {
    return i < tokens_.size() ? tokens_[i] : past_end_;
  }
  [[nodiscard]] std::string_view text() const { return plain_; }
  // The text of the tokens from `begin` up to `end`.
  [[nodiscard]] std::string_view text(std::size_t begin, std::size_t end) const;
  // Past the tokens that spell the phrase, divided by spaces, or `i` when they do not.
  [[nodiscard]] std::size_t past_phrase(std::size_t i, std::string_view phrase) const;
  // The same for the first of several phrases that stands there.
  template <class Phrases>
  [[nodiscard]] std::size_t past_any(std::size_t i, const Phrases& phrases) const {
    for (const auto phrase : phrases)
      if (const auto end = past_phrase(i, phrase); end > i) return end;
    return i;
  }
  // Past the signs among `signs`.
  [[nodiscard]] std::size_t past_signs(std::size_t i, std::string_view signs) const;
  // Is there a space on both sides?
  [[nodiscard]] bool stands_apart(std::size_t i) const;

 private:
  std::string_view plain_;
  std::vector<ReplyToken> tokens_;
  ReplyToken past_end_;
};

// `plain` is of plain_reply and outlives the tokens.
[[nodiscard]] ReplyTokens reply_tokens(std::string_view plain, const AskedQuery& asked);

}  // namespace causal_gym

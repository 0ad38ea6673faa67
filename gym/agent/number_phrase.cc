#include "gym/agent/number_phrase.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "gym/agent/free_text.h"
#include "gym/agent/number_words.h"
#include "gym/agent/plain_reply.h"
#include "gym/agent/plain_text.h"

namespace causal_gym {

namespace {

constexpr double same = 1e-12;
// Numbers that restate each other agree up to rounding, but only from two decimals.
constexpr double largest_slack = 0.005 + same;
constexpr int most_restatements = 4;
constexpr std::size_t most_opening_tokens = 12;

constexpr std::string_view opening_marks = "([{\"'$|~";
constexpr std::string_view closing_marks = ")]}\"'$|";
constexpr std::string_view softeners[] = {
    "about", "around", "roughly", "approximately", "approx",    "approx.",   "exactly",
    "circa", "ca.",    "ca",      "est.",          "somewhere", "boxed",     "a",
    "an",    "etwa",   "rund",    "ungefähr",      "environ",   "d'environ", "aproximadamente",
    "约",    "約"};
constexpr std::string_view denials[] = {"not", "n't", "nicht", "no", "non"};
constexpr std::string_view turns[] = {"but", "sondern", "sino", "ma", "mais", "it is", "it's"};
constexpr std::string_view contrasts[] = {"and not", "not", "rather than", "instead of"};
constexpr std::string_view restating[] = {"i.e.", "that is",      "which is",
                                          "or",   "equivalently", "in other words"};
// The word that begins what may follow a number. After the first ones anything may be told, after
// the others nothing that makes it another case.
constexpr std::string_view reasons[] = {
    "because", "since",     "as the", "as there",      "as given", "as in", "due", "based", "by",
    "using",   "according", "from",   "which follows", "weil",     "da",    "car", "porque"};
constexpr std::string_view conditions[] = {"given",    "under",       "after", "in",     "for this",
                                           "which is", "which means", "so",    "meaning"};
constexpr std::string_view suffixes[] = {"or so",   "i think", "i believe", "i'd say", "likely",
                                         "overall", "です",    "である",    "だ",      "左右"};
constexpr std::string_view chances[] = {"chance", "probability", "likelihood"};
constexpr std::string_view parenthetical_words[] = {
    "by",    "from",    "using", "since",    "because",    "based",         "as",
    "via",   "after",   "exact", "exactly",  "see",        "approximately", "approximated",
    "given", "rounded", "under", "computed", "calculated", "estimated"};
constexpr std::string_view decimal_words[] = {"decimals",
                                              "decimal places",
                                              "decimal place",
                                              "d.p.",
                                              "dp",
                                              "decimal",
                                              "significant figures",
                                              "significant figure",
                                              "significant digits",
                                              "s.f.",
                                              "places"};

class NumberReader {
 public:
  NumberReader(const ReplyTokens& tokens, NumberWords words, const AskedQuery& asked)
      : tokens_(tokens), words_(words), asked_(asked) {}

  [[nodiscard]] std::optional<StatedNumber> read(std::size_t i, Arithmetic arithmetic) const {
    auto number = read_phrase(i);
    if (number && !goes_on(number->end)) return number;
    if (arithmetic == Arithmetic::none) return std::nullopt;
    number = read_result(i);
    if (number && arithmetic == Arithmetic::numbers)
      for (; i < number->arithmetic; ++i)
        if (!tokens_[i].is_number() && tokens_[i].kind != TokenKind::sign) return std::nullopt;
    return number;
  }

 private:
  // With its corrections and restatements.
  [[nodiscard]] std::optional<StatedNumber> read_phrase(std::size_t i) const {
    auto number = tokens_.past_any(i, denials) > i ? read_correction(i + 1) : read_core(i);
    for (int restated = 0; number && restated < most_restatements; ++restated) {
      const auto other = read_restated(number->end);
      if (!other) break;
      if (!are_same_number(number->value, number->slack, other->value, other->slack))
        return std::nullopt;
      if (other->slack < number->slack) {
        number->value = other->value;
        number->slack = other->slack;
      }
      number->end = other->end;
    }
    if (!number) return std::nullopt;
    number->begin = number->arithmetic = i;
    const auto contrast = tokens_.past_signs(number->end, ",");
    if (const auto end = tokens_.past_any(contrast, contrasts); end > contrast) {
      const auto denied = read_core(end);
      if (!denied || denied->value == number->value) return std::nullopt;
      number->end = denied->end;
    }
    number->end = tokens_.past_signs(number->end, closing_marks);
    return number;
  }

  // A number alone.
  [[nodiscard]] std::optional<StatedNumber> read_core(std::size_t i) const {
    for (const auto first = i; i < first + most_opening_tokens; ++i) {
      if (const auto number = read_bare(i)) return number;
      if (!tokens_[i].is_sign_of(opening_marks) && !is_among(softeners, tokens_[i].text)) break;
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<StatedNumber> read_bare(std::size_t i) const {
    const auto& token = tokens_[i];
    const auto told = read_number_words(tokens_, i);
    if (told && words_ != NumberWords::few) return StatedNumber{told->value, 0, i, i, told->end};
    if (told && told->end > i + 1) return std::nullopt;  // "one in four" is not one
    if (token.has_value()) return StatedNumber{token.value, token.slack, i, i, i + 1};
    if (token.is_word("zero")) return StatedNumber{0, 0, i, i, i + 1};
    if (token.is_word("one")) return StatedNumber{1, 0, i, i, i + 1};
    const bool is_judged = words_ == NumberWords::all_and_judgements &&
                           asked_.kind == AskedKind::probability &&
                           asked_.range == BeliefRange{0, 1};
    if (is_judged && token.is_word("certain")) return StatedNumber{1, 0, i, i, i + 1};
    return std::nullopt;
  }

  // "0.2 but 0.9" and "0.2, it is 0.9", after "not".
  [[nodiscard]] std::optional<StatedNumber> read_correction(std::size_t i) const {
    const auto denied = read_core(i);
    if (!denied) return std::nullopt;
    const auto turn = tokens_.past_signs(denied->end, ")\"'$,;");
    const auto end = tokens_.past_any(turn, turns);
    if (end == turn) return std::nullopt;
    auto number = read_core(end);
    if (number && number->value == denied->value) return std::nullopt;
    return number;
  }

  // "= 0.4", "(or 40%)", ", that is 40%".
  [[nodiscard]] std::optional<StatedNumber> read_restated(std::size_t i) const {
    i = tokens_.past_signs(i, "]}\"'$");
    if (tokens_[i].is_sign_of("=~")) return read_core(tokens_.past_signs(i, "=~"));
    if (tokens_[i].is_sign('(')) {
      auto inside = tokens_.past_signs(i + 1, "=~");
      inside = tokens_.past_signs(tokens_.past_any(inside, restating), ",");
      auto number = read_core(inside);
      if (!number || !tokens_[number->end].is_sign(')')) return std::nullopt;
      ++number->end;
      return number;
    }
    const auto comma = tokens_.past_signs(i, ",");
    const auto end = tokens_.past_any(comma, restating);
    return end > comma ? read_core(tokens_.past_signs(end, ",")) : std::nullopt;
  }

  // Is the number a part of arithmetic that has not ended?
  [[nodiscard]] bool goes_on(std::size_t i) const {
    const auto& next = tokens_[i + 1];
    const bool has_operand = next.is_number() || next.is_sign_of("([{") ||
                             next.kind == TokenKind::term || next.kind == TokenKind::asked;
    if (tokens_[i].is_sign_of("+-")) return has_operand;
    if (tokens_[i].kind == TokenKind::line_end) return past_arithmetic(tokens_, i) > i + 1;
    return tokens_[i].kind == TokenKind::term || tokens_[i].kind == TokenKind::asked ||
           tokens_[i].is_number() || tokens_[i].is_sign_of("*/^=~&") ||
           tokens_[i].is_sign(operator_mark);
  }

  // What arithmetic comes to: the number after its last "=", with those that restate it. Without an
  // operator or a term there is none: "0.3 ~ 0.4" is a range.
  [[nodiscard]] std::optional<StatedNumber> read_result(std::size_t i) const {
    auto end = past_arithmetic(tokens_, i);
    while (end > i && tokens_[end - 1].is_sign_of("([{-")) --end;
    bool computes = false;
    for (auto sign = i; sign < end; ++sign) {
      computes = computes || is_operation(sign);
      if (!computes || !tokens_[sign].is_sign_of("=~")) continue;
      auto number = read_phrase(sign + 1);
      if (!number || number->end < end) continue;
      number->begin = i;
      number->arithmetic = sign;
      return number;
    }
    return std::nullopt;
  }

  [[nodiscard]] bool is_operation(std::size_t i) const {
    return tokens_[i].is_sign_of("+-*/^") || tokens_[i].is_sign(operator_mark) ||
           tokens_[i].kind == TokenKind::term;
  }

  const ReplyTokens& tokens_;
  NumberWords words_;
  const AskedQuery& asked_;
};

bool names_number(const ReplyTokens& tokens, std::size_t begin, std::size_t end) {
  for (auto i = begin; i < end; ++i)
    if (tokens[i].is_number()) return true;
  return false;
}

// Past a bracket that says how the number was come by.
std::optional<std::size_t> past_parenthetical(const ReplyTokens& tokens, std::size_t i) {
  if (!is_among(parenthetical_words, tokens[i + 1].text)) return std::nullopt;
  const auto end = sentence_end(tokens, i);
  std::size_t depth = 0;
  for (auto at = i; at < end; ++at) {
    if (tokens[at].is_sign('(')) ++depth;
    if (tokens[at].is_sign(')') && --depth == 0)
      return has_doubt(tokens, i, at) ? std::nullopt : std::optional(at + 1);
  }
  return std::nullopt;
}

// "chance of rain", "probability that the alarm is on".
std::optional<std::size_t> past_chance(const ReplyTokens& tokens, std::size_t i,
                                       const AskedQuery& asked) {
  const auto of = tokens.past_any(i, chances);
  if (of == i) return std::nullopt;
  if (!tokens[of].is_word("of") && !tokens[of].is_word("that")) return past_tail(tokens, of, asked);
  const auto end = sentence_end(tokens, of);
  if (!is_harmless(tokens, of, end, asked) || !asked.is_named_in(tokens.text(of + 1, end)))
    return std::nullopt;
  return end;
}

bool is_end(const ReplyTokens& tokens, std::size_t i) {
  if (tokens[i].kind == TokenKind::line_end || tokens[i].is_sign('!')) return true;
  // "0.3; 0.4 if confounded" has not ended.
  if (tokens[i].is_sign(';')) return !names_number(tokens, i + 1, sentence_end(tokens, i + 1));
  if (!tokens[i].is_sign('.') || tokens[i + 1].is_sign('.')) return false;
  // "Answer: 1. Fire" is a list.
  const bool is_last = tokens[i + 1].kind == TokenKind::line_end;
  return is_last || i == 0 || !tokens[i - 1].is_number() || !tokens[i - 1].is_whole;
}

}  // namespace

std::optional<StatedNumber> read_stated_number(const ReplyTokens& tokens, std::size_t i,
                                               NumberWords words, Arithmetic arithmetic,
                                               const AskedQuery& asked) {
  return NumberReader(tokens, words, asked).read(i, arithmetic);
}

std::optional<std::size_t> past_tail(const ReplyTokens& tokens, std::size_t i,
                                     const AskedQuery& asked) {
  constexpr int most_steps = 6;
  for (int step = 0; step < most_steps; ++step) {
    i = tokens.past_signs(i, closing_marks);
    if (is_end(tokens, i)) return i;
    if (const auto note = past_rounding_note(tokens, i); note > i) {
      i = note;
    } else if (tokens[i].is_sign('(')) {
      const auto end = past_parenthetical(tokens, i);
      if (!end) return std::nullopt;
      i = *end;
    } else if (const auto chance = past_chance(tokens, i, asked)) {
      return chance;
    } else {
      const bool is_apart =
          tokens[i].is_sign(',') || (tokens[i].is_sign('-') && tokens.stands_apart(i));
      const auto word = is_apart ? i + 1 : i;
      const auto end = sentence_end(tokens, word);
      if (tokens.past_any(word, reasons) > word) return end;
      if (tokens.past_any(word, conditions) > word)
        return is_harmless(tokens, word, end, asked) ? std::optional(end) : std::nullopt;
      const auto suffix = tokens.past_any(word, suffixes);
      if (suffix == word) return std::nullopt;
      i = suffix;
    }
  }
  return std::nullopt;
}

std::size_t past_rounding_note(const ReplyTokens& tokens, std::size_t i) {
  auto at = tokens.past_signs(i, "(,");
  if (tokens[at].is_word("rounded") || tokens[at].is_word("correct")) ++at;
  if (tokens[at].is_word("to")) ++at;
  const bool is_count = tokens[at].has_value() && tokens[at].is_whole;
  if (!is_count && tokens[at].kind != TokenKind::word) return i;
  ++at;
  const auto end = tokens.past_any(at, decimal_words);
  return end == at ? i : tokens.past_signs(end, ")");
}

bool are_same_number(double a, double a_slack, double b, double b_slack) {
  const double slack = std::max(a_slack, b_slack);
  return std::abs(a - b) <=
         (slack <= largest_slack ? slack : 0) + same * std::max(1.0, std::abs(a));
}

std::size_t past_arithmetic(const ReplyTokens& tokens, std::size_t i) {
  for (;; ++i) {
    const auto& token = tokens[i];
    switch (token.kind) {
      case TokenKind::number:
      case TokenKind::term:
      case TokenKind::asked: continue;
      case TokenKind::sign:
        if (token.is_sign_of("+-*/^=~&()[]{}$") || token.is_sign(operator_mark)) continue;
        return i;
      case TokenKind::word: {  // "sum_z", "Σ_{z}"
        const bool is_index = i > 0 && tokens[i - 1].is_sign('{') && tokens[i + 1].is_sign('}');
        if (is_index || token.text.starts_with("sum") || token.text.starts_with("_") ||
            token.text.starts_with("Σ"))
          continue;
        return i;
      }
      case TokenKind::line_end:
        if (i < tokens.size() && (tokens[i + 1].is_sign_of("=~") ||
                                  (tokens[i + 1].is_sign('&') && tokens[i + 2].is_sign_of("=~"))))
          continue;
        return i;
    }
  }
}

}  // namespace causal_gym

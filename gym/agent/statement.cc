#include "gym/agent/statement.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "gym/agent/clause.h"
#include "gym/agent/free_text.h"
#include "gym/agent/plain_text.h"

namespace causal_gym {

namespace {

constexpr std::string_view label_modifiers[] = {
    "the",       "my",  "our",     "final",      "best",   "overall", "numerical", "numeric",
    "resulting", "own", "current", "requested",  "die",    "meine",   "correct",   "la",
    "ma",        "mi",  "il",      "endgültige", "finale", "最终",    "最終"};
constexpr std::string_view labels[] = {"answer",  "belief",    "estimate", "boxed", "antwort",
                                       "réponse", "respuesta", "risposta", "答案",  "答え"};
constexpr std::string_view noun_modifiers[] = {
    "the",       "my",      "our",       "its",       "final",    "best",  "estimated",
    "resulting", "overall", "requested", "desired",   "required", "asked", "interventional",
    "causal",    "average", "total",     "treatment", "expected", "die",   "la"};
constexpr std::string_view plain_nouns[] = {"result", "my guess", "my best guess"};
constexpr std::string_view probability_nouns[] = {"probability",
                                                  "prob",
                                                  "prob.",
                                                  "p",
                                                  "chance",
                                                  "likelihood",
                                                  "wahrscheinlichkeit",
                                                  "probabilité",
                                                  "probabilidad",
                                                  "probabilità",
                                                  "概率",
                                                  "確率",
                                                  "可能性",
                                                  "вероятность",
                                                  "Вероятность"};
constexpr std::string_view expectation_nouns[] = {"expectation", "mean", "average", "expected"};
constexpr std::string_view effect_nouns[] = {"effect", "difference", "ate", "change"};
// The model speaking for itself: "I'd say 0.4", "I'd put the probability at 0.4".
constexpr std::string_view own_words[] = {"i'm not sure , but",
                                          "i am not sure , but",
                                          "i would put it at",
                                          "i'd put it at",
                                          "i would put",
                                          "i'd put",
                                          "i put",
                                          "i would estimate",
                                          "i'd estimate",
                                          "i would say",
                                          "i'd say",
                                          "i would guess",
                                          "i'd guess",
                                          "i estimate",
                                          "i say",
                                          "i guess",
                                          "i'd answer",
                                          "i answer",
                                          "i get",
                                          "we get",
                                          "we obtain",
                                          "i obtain",
                                          "we estimate",
                                          "i'd go with",
                                          "i would go with",
                                          "i'll go with",
                                          "i'll say",
                                          "i think",
                                          "i believe"};
constexpr std::string_view own_links[] = {"at", "to be", "as"};
// Before "a 40% chance".
constexpr std::string_view presenting[] = {
    "there is",         "there's", "i'd estimate", "i estimate", "i'd say", "i would say",
    "i would estimate", "i see",   "this is",      "it has",     "we have"};
constexpr std::string_view pronouns[] = {"it is", "it's"};
constexpr std::string_view pronoun_verbs[] = {"stays", "remains", "equals", "comes"};
constexpr std::string_view linking_verbs[] = {
    "is",  "equals",  "remains", "stays",  "comes", "works", "turns",      "amounts",
    "ist", "beträgt", "liegt",   "lautet", "est",   "vaut",  "es",         "è",
    "是",  "为",      "為",      "は",     "равна", "равно", "составляет", "becomes"};
constexpr std::string_view linking_words[] = {
    "equal", "to",    "at",  "out",  "be",     "unchanged", "therefore",  "thus",
    "then",  "hence", "now", "so",   "still",  "simply",    "just",       "that",
    "bei",   "de",    "di",  "also", "likely", "probably",  "definitely", "clearly"};
// What a noun or a label may be of.
constexpr std::string_view complement_words[] = {"of", "that", "for", "to", "given", "in"};

// "Answer: my belief is P(rain) = 0.4".
constexpr int most_inner_leads = 2;

struct Lead {
  LeadKind kind = LeadKind::phrase;
  std::size_t end = 0;
  bool takes_complement = false;
  bool is_linked = false;  // the number, or a lead to it, follows at once
  Arithmetic arithmetic = Arithmetic::numbers;
};

// How a number is read after a lead.
struct Reading {
  NumberWords words = NumberWords::few;
  Arithmetic arithmetic = Arithmetic::numbers;
  int inner_leads = 0;  // how many more leads may stand before the number
  bool is_own = false;  // the first lead is the model speaking for itself
};

class StatementFinder {
 public:
  StatementFinder(const ReplyTokens& tokens, const AskedQuery& asked)
      : tokens_(tokens), asked_(asked) {}

  Statements find() {
    for (std::size_t i = 0; i < tokens_.size();) i = take(i);
    return std::move(statements_);
  }

 private:
  // Goes past a statement, or past one token.
  std::size_t take(std::size_t i) {
    if (const auto chance = read_chance(i)) return add({LeadKind::phrase, i, *chance});
    const auto lead = read_lead(i);
    if (!lead) return i + 1;
    const bool is_boxed = tokens_[lead->end - 1].is_word("boxed");
    const bool is_label = lead->kind == LeadKind::label;
    const bool begins = is_boxed ? !has_doubt(tokens_, sentence_begin(tokens_, i), i)
                                 : begins_clause(tokens_, i, asked_);
    if (begins)
      if (const auto number =
              read_after(*lead, {is_label ? NumberWords::all : NumberWords::few, lead->arithmetic,
                                 most_inner_leads, lead->is_linked}))
        return is_of_something_else(*lead, i, *number) ? i + 1 : add({lead->kind, i, *number});
    if (is_label && !begins && i > 0 && tokens_[i - 1].is_sign_of(",:-"))
      if (const auto number = read_after(*lead, {NumberWords::all}))
        statements_.asides.push_back({lead->kind, i, *number});
    if (is_label && (begins || is_boxed) && leads_astray(*lead, is_boxed))
      statements_.has_label_without_one = true;
    return i + 1;
  }

  // "The alarm is set; it is 1.": a state, unless the reply says nothing else before.
  [[nodiscard]] bool is_of_something_else(const Lead& lead, std::size_t i,
                                          const StatedNumber& number) const {
    return lead.kind == LeadKind::pronoun && i > 0 &&
           std::any_of(&tokens_[number.begin], &tokens_[number.end - 1] + 1,
                       [](const ReplyToken& token) { return token.is_whole; });
  }

  std::size_t add(Statement statement) {
    statements_.found.push_back(statement);
    return statement.number.end;
  }

  // Does a label lead to something that names a number and is none?
  [[nodiscard]] bool leads_astray(const Lead& lead, bool is_boxed) const {
    auto i = tokens_.past_signs(lead.end, ")\"'$*|");
    const bool is_adjacent = tokens_[i].is_number();
    const auto link = past_link(i);
    if (link == i && !is_adjacent && !is_boxed) return false;
    for (i = std::max(i, link); i < sentence_end(tokens_, link); ++i)
      if (tokens_[i].is_number()) return true;
    return false;
  }

  [[nodiscard]] std::optional<Lead> read_lead(std::size_t i) const {
    if (tokens_[i].kind == TokenKind::asked)
      return Lead{LeadKind::phrase, i + 1, false, false, Arithmetic::terms};
    if (tokens_[i].kind != TokenKind::word) return std::nullopt;
    if (const auto end = tokens_.past_any(i, own_words); end > i)
      return Lead{LeadKind::phrase, end, false, true};
    if (const auto end = tokens_.past_any(i, pronouns); end > i)
      return Lead{LeadKind::pronoun, end, false, true};
    if (tokens_[i].is_word("it") && is_among(pronoun_verbs, tokens_[i + 1].text))
      return Lead{LeadKind::pronoun, i + 1, false, false};
    if (const auto end = tokens_.past_any(past_modifiers(i, label_modifiers), labels);
        end > i && is_among(labels, tokens_[end - 1].text))
      return Lead{LeadKind::label, end, true, false};
    const auto value = past_modifiers(i, noun_modifiers);
    if (tokens_[value].is_word("value")) return value_lead(i, value);
    if (const auto end = past_noun(i); end > i)
      return Lead{LeadKind::phrase, end, true, false,
                  tokens_[i].is_word("p") ? Arithmetic::terms : Arithmetic::numbers};
    return std::nullopt;
  }

  // "The value" points at something; "the value of P(rain)" is what was asked.
  [[nodiscard]] Lead value_lead(std::size_t begin, std::size_t noun) const {
    const bool is_asked =
        tokens_[noun + 1].is_word("of") && tokens_[noun + 2].kind == TokenKind::asked;
    const bool is_expected =
        asked_.kind == AskedKind::expectation && tokens_.text(begin, noun).ends_with("expected");
    if (is_asked) return {LeadKind::phrase, noun + 3, false, false, Arithmetic::terms};
    return {is_expected ? LeadKind::phrase : LeadKind::pronoun, noun + 1, is_expected, false};
  }

  template <class Words>
  [[nodiscard]] std::size_t past_modifiers(std::size_t i, const Words& words) const {
    constexpr std::size_t most_modifiers = 5;
    const auto last = i + most_modifiers;
    while (i < last && is_among(words, tokens_[i].text)) ++i;
    return i;
  }

  // `i` when no noun for what was asked ends there.
  [[nodiscard]] std::size_t past_noun(std::size_t i) const {
    const auto noun = past_modifiers(i, noun_modifiers);
    if (const auto end = tokens_.past_any(i, plain_nouns); end > i) return end;
    const auto& word = tokens_[noun].text;
    const bool fits =
        is_among(plain_nouns, word) ||
        (asked_.kind == AskedKind::probability && is_among(probability_nouns, word)) ||
        (asked_.kind == AskedKind::expectation && is_among(expectation_nouns, word)) ||
        (asked_.kind == AskedKind::other && is_among(effect_nouns, word));
    return fits ? noun + 1 : i;
  }

  // The number that a lead leads to.
  [[nodiscard]] std::optional<StatedNumber> read_after(const Lead& lead, Reading how) const {
    if (lead.is_linked) return read_led(lead.end, how);
    auto i = tokens_.past_phrase(past_note(lead), ", however ,");
    if (how.is_own)
      if (const auto link = tokens_.past_any(i, own_links); link > i) return read_led(link, how);
    if (lead.kind == LeadKind::label && tokens_[i].is_sign('-') && tokens_.stands_apart(i) &&
        asked_.range.low >= 0)
      return read_led(i + 1, how);
    i = tokens_.past_signs(i, ")}\"'$");
    if (const auto link = past_link(i); link > i)
      if (const auto number = read_led(link, with_judgements(how, i))) return number;
    if (lead.kind == LeadKind::label)
      if (const auto number = read_unlinked(lead, i, how)) return number;
    return lead.takes_complement ? read_past_complement(i, how) : std::nullopt;
  }

  // "Answer (for rain): 0.4", "the probability P(rain) is": past what says the lead again.
  [[nodiscard]] std::size_t past_note(const Lead& lead) const {
    const auto open = lead.end;
    if (tokens_[open].kind == TokenKind::asked) return open + 1;
    if (!tokens_[open].is_sign('(')) return open;
    for (auto i = open + 1; i < sentence_end(tokens_, open); ++i)
      if (tokens_[i].is_sign(')'))
        return is_harmless(tokens_, open, i, asked_) &&
                       asked_.is_named_in(tokens_.text(open + 1, i))
                   ? i + 1
                   : open;
    return open;
  }

  // A heading above the number, "Answer 0.4" at the beginning of a line, "\boxed{0.4}".
  [[nodiscard]] std::optional<StatedNumber> read_unlinked(const Lead& lead, std::size_t i,
                                                          Reading how) const {
    const bool is_heading = tokens_[i].kind == TokenKind::line_end;
    const bool is_boxed = tokens_[lead.end - 1].is_word("boxed");
    if (!is_heading && !is_boxed && !tokens_[i].is_number()) return std::nullopt;
    return read_led(past_lines(i), how);
  }

  [[nodiscard]] std::size_t past_lines(std::size_t i) const {
    constexpr std::size_t most_lines = 3;
    const auto last = i + most_lines;
    while (i < last && i < tokens_.size() && tokens_[i].kind == TokenKind::line_end) ++i;
    return i;
  }

  // A judgement is one only where nothing but the number was to be said.
  [[nodiscard]] Reading with_judgements(Reading how, std::size_t link) const {
    if (how.words == NumberWords::all && tokens_[link].is_sign_of(":="))
      how.words = NumberWords::all_and_judgements;
    return how;
  }

  // `i` when no link stands there.
  [[nodiscard]] std::size_t past_link(std::size_t i) const {
    if (tokens_[i].is_sign_of("-=") && tokens_[i + 1].is_sign('>')) return i + 2;
    if (tokens_[i].is_sign_of(":=~|&")) return past_lines(tokens_.past_signs(i, ":=~|&"));
    if (!is_among(linking_verbs, tokens_[i].text)) return i;
    const auto last = i + 6;
    for (++i; i < last && is_among(linking_words, tokens_[i].text);) ++i;
    return past_lines(tokens_.past_signs(i, ":=~"));
  }

  // The number itself, or another lead with one: "Answer: P(rain) = 0.4".
  [[nodiscard]] std::optional<StatedNumber> read_led(std::size_t i, Reading how) const {
    if (how.inner_leads > 0) {
      const auto inner = tokens_.past_signs(i, "([{\"'$|");
      if (const auto lead = read_lead(inner))
        if (const auto number =
                read_after(*lead, {how.words, lead->arithmetic, how.inner_leads - 1, how.is_own}))
          return number;
    }
    auto number = read_stated_number(tokens_, i, how.words, how.arithmetic, asked_);
    if (!number || !past_tail(tokens_, number->end, asked_)) return std::nullopt;
    return number;
  }

  // "of rain given snow is 0.4": past what the noun is of. "that alarm is 1" may be only that.
  [[nodiscard]] std::optional<StatedNumber> read_past_complement(std::size_t i, Reading how) const {
    const auto begin = tokens_.past_any(i, complement_words);
    if (begin == i || how.inner_leads == 0) return std::nullopt;
    const auto end = sentence_end(tokens_, begin);
    for (auto at = begin; at < end; ++at) {
      const auto link = past_link(at);
      if (link == at || is_state(tokens_, link)) continue;
      if (!is_harmless(tokens_, begin, at, asked_)) return std::nullopt;
      const auto number = read_led(link, {how.words, how.arithmetic});
      if (!number) continue;
      const bool is_clause = tokens_[i].is_word("that") && tokens_[number->end - 1].is_whole;
      if (is_clause && !has_predicate(begin, at)) return std::nullopt;
      return asked_.is_named_in(tokens_.text(begin, at)) ? number : std::nullopt;
    }
    return std::nullopt;
  }

  [[nodiscard]] bool has_predicate(std::size_t begin, std::size_t end) const {
    for (auto i = begin; i < end; ++i)
      if (is_among(linking_verbs, tokens_[i].text) || tokens_[i].is_sign('=')) return true;
    return false;
  }

  // "There is a 40% chance of rain."
  [[nodiscard]] std::optional<StatedNumber> read_chance(std::size_t i) const {
    const bool may_begin = tokens_[i].is_number() || tokens_[i].kind == TokenKind::word;
    if (!may_begin || asked_.kind != AskedKind::probability) return std::nullopt;
    const auto begin = tokens_.past_any(i, presenting);
    const auto number =
        read_stated_number(tokens_, begin, NumberWords::few, Arithmetic::none, asked_);
    if (!number) return std::nullopt;
    const auto& noun = tokens_[number->end];
    if (!noun.is_word("chance") && !noun.is_word("probability") && !noun.is_word("likelihood"))
      return std::nullopt;
    if (!past_tail(tokens_, number->end, asked_) || !begins_clause(tokens_, i, asked_))
      return std::nullopt;
    return number;
  }

  const ReplyTokens& tokens_;
  const AskedQuery& asked_;
  Statements statements_;
};

}  // namespace

Statements find_statements(const ReplyTokens& tokens, const AskedQuery& asked) {
  return StatementFinder(tokens, asked).find();
}

}  // namespace causal_gym

#include "platform/llm/belief_surroundings.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <variant>
#include <vector>

#include "engine/base/exact_text.h"
#include "gym/agent/asked_query.h"
#include "gym/agent/belief_text.h"
#include "gym/agent/plain_reply.h"
#include "gym/agent/plain_text.h"
#include "gym/agent/rival_number.h"

namespace causal_gym {

namespace {

constexpr std::size_t longest_lead = 400;     // bytes
constexpr std::size_t longest_end_mark = 24;  // bytes
constexpr std::size_t longest_heading = 3;    // words, of a line that has no end sign
constexpr double rounding = 0.005;            // how far the same number may be off in words

// Fields that tell how the model came to its belief, or how sure it is.
constexpr std::string_view accounts[] = {
    "reasoning",    "reason",       "reasons",    "explanation",     "rationale",
    "thought",      "thoughts",     "thinking",   "analysis",        "justification",
    "steps",        "step_by_step", "work",       "working",         "calculation",
    "calculations", "computation",  "derivation", "chain_of_thought"};
constexpr std::string_view certainties[] = {"confidence", "certainty", "uncertainty"};
constexpr std::string_view questions[] = {"query", "question"};
constexpr std::string_view units[] = {"unit", "units", "scale"};
constexpr std::string_view excuses[] = {"error", "refusal", "message"};  // beside null

// Of the words that lead to an object which is the answer.
constexpr std::string_view lead_words[] = {
    "a",      "again",   "also",      "and",      "answer",    "as",          "asked",
    "be",     "belief",  "code",      "conclude", "estimate",  "final",       "finally",
    "for",    "format",  "hence",     "here",     "here's",    "i",           "i'd",
    "i'll",   "in",      "is",        "it",       "json",      "so",          "my",
    "object", "our",     "output",    "overall",  "result",    "probability", "conclusion",
    "reply",  "request", "requested", "required", "respond",   "response",    "say",
    "state",  "sure",    "that",      "the",      "therefore", "this",        "thus",
    "to",     "valid",   "with",      "would",    "your",      "question",    "okay",
    "ok",     "now"};
// What points at the object, in the sentence before it, and what then says that it is no answer.
constexpr std::string_view pointers[] = {"follow", "below", "this object", "next line",  "format",
                                         "json",   "reply", "my answer",   "the answer", "object"};
constexpr std::string_view denials[] = {
    "not ",     "n't",      "never",    "instead of", "rather than", "without",   "unless",
    "example",  "instance", "wrong",    "incorrect",  "placeholder", "otherwise", "before",
    "baseline", "prior ",   "opposite", "complement", "another",     "other ",    "kidding"};
// All that may be said after it.
constexpr std::string_view closings[] = {"hope this helps",
                                         "i hope this helps",
                                         "if you need more ask",
                                         "is what i think",
                                         "is my answer",
                                         "is my belief",
                                         "is my estimate",
                                         "is my final answer",
                                         "that is my answer",
                                         "this is my answer",
                                         "this is my final answer",
                                         "this is my belief",
                                         "follows",
                                         "thank you",
                                         "thanks",
                                         "let me know if you need anything else",
                                         "let me know if you have any questions",
                                         "let me know if you have any other questions"};
constexpr std::string_view roundings[] = {"rounded", "to",    "decimal", "decimals",    "places",
                                          "digits",  "two",   "three",   "four",        "place",
                                          "figures", "after", "the",     "significant", "point"};

bool is_word_sign(char c) {
  return !is_ascii(c) || is_letter(lower(c)) || is_digit(c) ||
         std::string_view("'=%_\x01\x02").find(c) != std::string_view::npos;
}

// Of a plain text; numbers, too.
std::vector<std::string_view> words_of(std::string_view plain) {
  std::vector<std::string_view> words;
  for (std::size_t i = 0; i < plain.size();) {
    auto end = i;
    while (end < plain.size() && is_word_sign(plain[end])) ++end;
    const auto word = trimmed(plain.substr(i, end - i), "'");
    if (!word.empty()) words.push_back(word);
    i = std::max(end, i + 1);
  }
  return words;
}

template <class Words>
bool are_all_among(const Words& known, const std::vector<std::string_view>& words) {
  return std::all_of(words.begin(), words.end(),
                     [&known](std::string_view word) { return is_among(known, word); });
}

bool ends_sentence(std::string_view text, std::size_t i) {
  if (text[i] == '\n') return true;
  return std::string_view(".!?;").find(text[i]) != std::string_view::npos &&
         (i + 1 == text.size() || is_space(text[i + 1]));
}

std::vector<std::string_view> sentences_of(std::string_view text) {
  std::vector<std::string_view> sentences;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!ends_sentence(text, i)) continue;
    sentences.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  sentences.push_back(text.substr(begin));
  return sentences;
}

bool says_the_same(std::string_view text, const AskedBelief& asked) {
  const auto reading = read_belief_text(text, asked.range, asked.query);
  const auto* stated = std::get_if<Stated>(&reading.reply);
  return stated != nullptr && asked.value && std::abs(stated->value - *asked.value) <= rounding;
}

// "<|im_end|>", "</s>": how models end.
std::string without_end_marks(std::string_view text) {
  std::string kept;
  while (!text.empty()) {
    const bool may_be_mark = text.starts_with("<|") || text.starts_with("</");
    const auto end =
        may_be_mark ? text.substr(0, longest_end_mark).find('>') : std::string_view::npos;
    if (end == std::string_view::npos) kept += text[0];
    text.remove_prefix(end == std::string_view::npos ? 1 : end + 1);
  }
  return kept;
}

// The last line with words before the object's own.
std::string_view line_before(std::string_view before) {
  auto lines = lines_of(before);
  while (!lines.empty()) {
    const auto line = trimmed(lines.back());
    if (!line.empty() && !line.starts_with("```") && !line.starts_with("~~~")) return line;
    lines.pop_back();
  }
  return {};
}

// Does a line only lead to what is under it?
bool is_heading(std::string_view line) {
  if (line.starts_with("#") || (line.starts_with("**") && line.ends_with("**"))) return true;
  const auto bare = trimmed(line, " *_`#");
  if (bare.ends_with(":")) return true;
  if (bare.empty() || std::string_view(".!?;,)}]").find(bare.back()) != std::string_view::npos)
    return false;
  const bool has_number = std::any_of(bare.begin(), bare.end(), is_digit);
  return !has_number && words_of(bare).size() <= longest_heading;
}

// A text of a field that tells how the belief came about.
std::optional<std::string> objection_of_account(const WrittenJson& value, bool is_after) {
  if (!value.is_string()) return std::nullopt;
  const auto plain = plain_reply(value.get_ref<const std::string&>());
  if (is_after && takes_back(plain)) return "it takes it back";
  const auto sentences = sentences_of(trimmed(plain, " \n.!?;"));
  if (declines(sentences.back())) return "it declines and yet names a number";
  return std::nullopt;
}

bool is_asked_query(const WrittenJson& value, std::string_view query) {
  return !query.empty() && value.is_string() &&
         compact_form(plain_reply(value.get_ref<const std::string&>())) ==
             compact_form(plain_reply(query));
}

// Words that lead to the object on its line, or in a heading before it.
std::optional<std::string> objection_to_clause(std::string_view clause, const AskedBelief& asked) {
  if (are_all_among(lead_words, words_of(clause))) return std::nullopt;
  const auto as_text = std::string(clause) + " " + exact_text(*asked.value);
  if (says_the_same(as_text, asked)) return std::nullopt;
  return "what leads to its object does not say that it is the answer";
}

bool may_follow(std::string_view sentence, const AskedBelief& asked) {
  const auto words = words_of(sentence);
  std::string joined;
  for (const auto word : words) joined.append(joined.empty() ? "" : " ").append(word);
  if (words.empty() || is_among(closings, joined)) return true;
  const auto is_of_rounding = [](std::string_view word) {
    return is_among(roundings, word) || (word.size() == 1 && is_digit(word[0]));
  };
  if (words[0] == "rounded" && std::all_of(words.begin(), words.end(), is_of_rounding)) return true;
  return says_the_same(sentence, asked);
}

}  // namespace

std::optional<std::string> objection_beside(const WrittenJson& object, std::string_view query) {
  const bool is_null = object["belief"].is_null();
  bool is_after = false;
  for (const auto& [key, value] : object.items()) {
    if (key == "belief") {
      is_after = true;
      continue;
    }
    if (is_among(units, key)) return "its belief has a unit";
    if (is_among(certainties, key) && value.is_primitive()) continue;
    if (is_null && is_among(excuses, key)) continue;
    if (is_among(questions, key)) {
      if (!is_asked_query(value, query)) return "its belief is said to be of another query";
      continue;
    }
    if (!is_among(accounts, key)) return "another field stands beside its belief";
    if (is_null) continue;
    if (auto objection = objection_of_account(value, is_after)) return objection;
  }
  return std::nullopt;
}

std::optional<std::string> objection_to_lead(std::string_view before, const AskedBelief& asked) {
  if (!asked.value) return std::nullopt;
  if (before.size() > longest_lead) before.remove_prefix(before.size() - longest_lead);
  const auto begin = before.rfind('\n') + 1;  // 0 when there is none
  auto line = trimmed(before.substr(begin), " \t\r`*_\"'([");
  const bool is_own_line = line.empty();
  if (is_own_line) line = line_before(before.substr(0, begin));
  const auto plain = plain_reply(line);
  const auto sentences = sentences_of(trimmed(plain));
  const auto clause = trimmed(sentences.back(), " \t\"'(,:*`#-}");
  if (!clause.empty() && (!is_own_line || is_heading(line)))
    return objection_to_clause(clause, asked);
  const auto sentence =
      sentences.size() > 1 && clause.empty() ? sentences[sentences.size() - 2] : sentences.back();
  if (contains_any(sentence, pointers) && contains_any(sentence, denials))
    return "its object is no answer";
  if (declines(sentence)) return "it declines and yet names a number";
  return std::nullopt;
}

std::optional<std::string> objection_before(std::string_view before, const AskedBelief& asked) {
  const auto reading = read_belief_text(before, asked.range, asked.query);
  const auto* stated = std::get_if<Stated>(&reading.reply);
  if (stated == nullptr || !asked.value || reading.reason != "it is called the answer")
    return std::nullopt;
  if (std::abs(stated->value - *asked.value) <= rounding) return std::nullopt;
  return "it answers twice";
}

std::optional<std::string> objection_behind(std::string_view after, const AskedBelief& asked) {
  if (auto objection = objection_after(after, asked.value, asked.range, asked.query))
    return objection;
  if (!asked.value) return std::nullopt;
  const auto plain = plain_reply(without_end_marks(after));
  const auto sentences = sentences_of(plain);
  if (std::all_of(sentences.begin(), sentences.end(),
                  [&asked](std::string_view one) { return may_follow(one, asked); }))
    return std::nullopt;
  return "words after it may change what it means";
}

}  // namespace causal_gym

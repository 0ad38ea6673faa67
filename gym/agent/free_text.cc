#include "gym/agent/free_text.h"

#include <algorithm>
#include <string_view>

#include "gym/agent/plain_text.h"

namespace causal_gym {

namespace {

constexpr std::string_view doubts[] = {
    // denied
    "not", "n't", "no", "none", "never", "without", "neither", "nor", "cannot", "absence", "false",
    "off", "wrong", "incorrect", "fails", "complement", "complementary", "opposite", "other",
    // not said, or not by the model
    "if", "unless", "whether", "would", "could", "might", "may", "perhaps", "maybe", "unlikely",
    "suppose", "assuming", "example", "instance", "e.g.", "placeholder", "default", "people",
    "someone", "others", "user", "many", "error", "instructions",
    // of another case
    "naive", "naively", "baseline", "prior", "before", "previous", "previously", "initially",
    "originally", "ignoring", "observational", "observationally", "otherwise",
    // in other languages
    "nicht", "kein", "keine", "ohne", "pas", "sans", "sin", "senza", "не", "нет", "不", "没", "無",
    "ない"};
constexpr std::string_view state_verbs[] = {"is", "being", "be", "equals", "to", "set", "forced"};
// "p = 1" is about the number that is asked for.
constexpr std::string_view belief_names[] = {"p",      "pr",       "prob",   "probability",
                                             "answer", "belief",   "chance", "likelihood",
                                             "result", "estimate", "value",  "effect"};

// A condition, unless it only points at what is there anyway.
constexpr std::string_view condition_words[] = {"given", "with", "when", "under", "in"};
constexpr std::string_view articles[] = {"the",   "a",   "an",  "that", "this",
                                         "these", "our", "its", "all"};
constexpr std::string_view given_anyway[] = {
    "intervention", "interventions", "data",          "table",    "tables",  "model",
    "graph",        "information",   "probabilities", "numbers",  "values",  "observations",
    "above",        "world",         "case",          "scenario", "setting", "structure",
    "it",           "conclusion",    "summary",       "total",    "fact",    "order",
    "causal",       "modified",      "mutilated",     "prompt"};

// Every "name=state" in "do(x=1, y)".
bool allows_pairs(std::string_view term, const AskedQuery& asked) {
  for (auto sign = term.find('='); sign != std::string_view::npos;
       sign = term.find('=', sign + 1)) {
    const auto left = term.substr(0, sign);
    const auto right = term.substr(sign + 1);
    const auto name = trimmed(left.substr(left.find_last_of("(,") + 1), " \"'{}");
    const auto state = trimmed(right.substr(0, right.find_first_of(",)")), " \"'{}");
    if (!asked.allows(name, state)) return false;
  }
  return true;
}

// Is every condition one that the query states, that is told as a state, or that is there anyway?
bool has_known_conditions(const ReplyTokens& tokens, std::size_t begin, std::size_t end,
                          const AskedQuery& asked) {
  bool is_condition = false;
  for (auto i = begin; i < end; ++i) {
    if (is_among(condition_words, tokens[i].text)) is_condition = true;
    const bool continues = tokens[i].is_word("and") || is_among(condition_words, tokens[i].text);
    if (!is_condition || !continues) continue;
    auto next = i + 1;
    while (next < end && is_among(articles, tokens[next].text)) ++next;
    if (next == end || tokens[next].kind != TokenKind::word) continue;
    const bool has_state = tokens[next + 1].is_sign('=') || tokens[next + 1].is_word("being");
    if (!has_state && !is_among(given_anyway, tokens[next].text) &&
        !asked.mentions(tokens[next].text))
      return false;
  }
  return true;
}

bool ends_sentence(const ReplyToken& token) {
  return token.kind == TokenKind::line_end || token.is_sign_of(".;!?");
}

// "alarm is set to 1": the word before the verbs.
std::string_view name_of_state(const ReplyTokens& tokens, std::size_t i) {
  while (i > 0 && is_among(state_verbs, tokens[i - 1].text)) --i;
  return i > 0 && tokens[i - 1].kind == TokenKind::word ? tokens[i - 1].text : std::string_view();
}

}  // namespace

bool is_state(const ReplyTokens& tokens, std::size_t i) {
  if (i == 0 || !tokens[i].has_value() || !tokens[i].is_whole) return false;
  const auto& before = tokens[i - 1];
  if (before.is_word("being") || before.is_word("to"))
    return before.is_word("being") ||
           (i > 1 && (tokens[i - 2].is_word("set") || tokens[i - 2].is_word("forced")));
  return before.is_sign('=') && i > 1 && tokens[i - 2].kind == TokenKind::word &&
         !is_among(belief_names, tokens[i - 2].text);
}

bool has_doubt(const ReplyTokens& tokens, std::size_t begin, std::size_t end) {
  for (auto i = begin; i < end; ++i) {
    const bool is_value = i > begin && tokens[i - 1].is_sign('=');
    if (tokens[i].kind == TokenKind::word && !is_value && is_among(doubts, tokens[i].text))
      return true;
  }
  return false;
}

bool is_harmless(const ReplyTokens& tokens, std::size_t begin, std::size_t end,
                 const AskedQuery& asked) {
  if (end > begin + longest_free_text || has_doubt(tokens, begin, end)) return false;
  if (!has_known_conditions(tokens, begin, end, asked)) return false;
  for (auto i = begin; i < end; ++i) {
    const auto& token = tokens[i];
    if (ends_sentence(token)) return false;
    if (token.kind == TokenKind::term &&
        (!token.text.starts_with("do(") || !allows_pairs(token.text, asked)))
      return false;
    if (token.is_sign('=') && tokens[i + 1].kind == TokenKind::word &&
        (i == begin || !asked.allows(tokens[i - 1].text, tokens[i + 1].text)))
      return false;
    if (!token.is_number()) continue;
    const bool is_told =
        i > begin &&
        (is_state(tokens, i) || (token.is_whole && is_among(state_verbs, tokens[i - 1].text)));
    const auto name =
        tokens[i - (i > 0)].is_sign('=') && i > 1 ? tokens[i - 2].text : name_of_state(tokens, i);
    if (!is_told || !token.has_value() || !asked.allows(name, token.text)) return false;
  }
  return true;
}

std::size_t sentence_begin(const ReplyTokens& tokens, std::size_t i) {
  const auto first = i - std::min(i, longest_free_text + 1);
  while (i > first && !ends_sentence(tokens[i - 1])) --i;
  return i;
}

std::size_t sentence_end(const ReplyTokens& tokens, std::size_t i) {
  const auto last = std::min(tokens.size(), i + longest_free_text + 1);
  while (i < last && !ends_sentence(tokens[i])) ++i;
  return i;
}

}  // namespace causal_gym

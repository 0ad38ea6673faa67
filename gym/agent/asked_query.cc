#include "gym/agent/asked_query.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <variant>

#include "engine/query/query.h"
#include "gym/agent/plain_reply.h"
#include "gym/agent/plain_text.h"

namespace causal_gym {

namespace {

// A variable that is "on" is what its name says: "the probability of rain" is of rain=true.
constexpr std::string_view states_of_being[] = {"1", "true", "yes", "on"};
constexpr std::string_view states_of_absence[] = {"0", "false", "no", "off", "inactive", "absent"};
// Alone, these mean what was asked: "the probability of this event".
constexpr std::string_view pointing_words[] = {
    "of",    "that",     "this",    "the",    "it",  "event", "outcome", "query",
    "asked", "question", "happens", "occurs", "for", "in",    "case",    "probability"};

bool is_name_sign(char c) { return is_letter(c) || is_digit(c) || c == '_' || !is_ascii(c); }

// As words: "heart_attack" and "heart-attack" are "heart attack".
std::string spaced(std::string_view text) {
  std::string words(text);
  std::replace_if(
      words.begin(), words.end(), [](char c) { return c == '_' || c == '-' || c == '\n'; }, ' ');
  return words;
}

// Is there a word that begins with `name`, or, when that is short, is it?
bool has_word(std::string_view text, std::string_view name) {
  constexpr std::size_t short_name = 2;
  for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
    const auto end = at + name.size();
    const bool begins = at == 0 || !is_name_sign(text[at - 1]);
    const bool ends = end == text.size() || !is_name_sign(text[end]);
    if (begins && (ends || name.size() > short_name)) return true;
  }
  return false;
}

bool only_points(std::string_view part) {
  for (std::size_t at = 0; at < part.size();) {
    const auto end = std::min(part.find_first_of(" \n,", at), part.size());
    if (end > at && !is_among(pointing_words, part.substr(at, end - at))) return false;
    at = end + 1;
  }
  return true;
}

std::string plain_name(std::string_view name) {
  return std::string(trimmed(plain_reply(name), " \n\""));
}

void add_outcome(AskedQuery& asked, const Event& event) {
  const bool is_told = event.relation == Relation::bare || event.relation == Relation::equal;
  if (!is_told || !event.outcome.world.empty()) asked.is_nameable = false;
  asked.outcomes.push_back({plain_name(event.outcome.variable),
                            event.values.empty() ? std::string() : plain_name(event.values[0])});
}

}  // namespace

bool AskedQuery::allows(std::string_view name, std::string_view state) const {
  if (form.empty()) return !is_among(states_of_absence, state);
  const auto pair = std::string(name) + "=" + std::string(state);
  bool is_mentioned = false;
  for (auto at = form.find(name); at != std::string::npos; at = form.find(name, at + 1)) {
    const auto end = at + name.size();
    if (at > 0 && is_name_sign(form[at - 1])) continue;
    if (end < form.size() && is_name_sign(form[end])) continue;
    is_mentioned = true;
    const auto pair_end = at + pair.size();
    if (form.compare(at, pair.size(), pair) == 0 &&
        (pair_end == form.size() || !is_name_sign(form[pair_end])))
      return true;
  }
  if (!is_mentioned) return true;  // of a regime in force, which the query does not repeat
  return state == "1" && std::any_of(outcomes.begin(), outcomes.end(), [&](const auto& outcome) {
           return outcome.name == name && outcome.state.empty();
         });
}

bool AskedQuery::mentions(std::string_view word) const {
  return form.empty() || has_word(spaced(form), spaced(word));
}

bool AskedQuery::is_named_in(std::string_view part) const {
  if (form.empty() || only_points(part)) return true;
  if (!is_nameable) return false;
  const auto words = spaced(part);
  return std::all_of(outcomes.begin(), outcomes.end(), [&](const AskedOutcome& outcome) {
    const bool is_being = outcome.state.empty() || is_among(states_of_being, outcome.state);
    if (is_being && has_word(words, spaced(outcome.name))) return true;
    return !outcome.state.empty() && !is_being && has_word(words, spaced(outcome.state));
  });
}

AskedQuery read_asked_query(std::string_view query, const BeliefRange& range) {
  AskedQuery asked;
  asked.range = range;
  if (query.empty()) {
    asked.kind = range == BeliefRange{0, 1} ? AskedKind::probability : AskedKind::other;
    return asked;
  }
  asked.form = compact_form(plain_reply(query));
  const auto parsed = parse_query(query);
  const auto* probability = parsed ? std::get_if<ProbabilityQuery>(&parsed->node) : nullptr;
  const auto* expectation = parsed ? std::get_if<ExpectationQuery>(&parsed->node) : nullptr;
  const auto* effect = parsed ? std::get_if<EffectQuery>(&parsed->node) : nullptr;
  if (probability != nullptr) {
    asked.kind = AskedKind::probability;
    for (const auto& event : probability->events) add_outcome(asked, event);
  } else if (expectation != nullptr) {
    asked.kind = AskedKind::expectation;
    add_outcome(asked, {expectation->outcome, Relation::bare, {}});
  } else if (effect != nullptr) {
    asked.outcomes.push_back({plain_name(effect->outcome), {}});
  } else {
    asked.is_nameable = false;
  }
  return asked;
}

std::string compact_form(std::string_view plain) {
  std::string form;
  std::copy_if(plain.begin(), plain.end(), std::back_inserter(form), is_in_compact_form);
  return form;
}

}  // namespace causal_gym

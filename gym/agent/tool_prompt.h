// What an agent that acts with tools is told: the rules, and where its episode stands. A program
// can read the standing back (read_standing), as the reference endpoint does. Deterministic.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gym/agent/prompt.h"

namespace causal_gym {

// The rules, as the system's text.
[[nodiscard]] std::string tool_rules(PromptStyle style);

struct Standing {
  std::string environment;                    // id
  std::span<const Observation> observations;  // to be shown, the last of `count`
  std::size_t count = 0;                      // of the observations so far
  std::string regime;                         // in force, canonical; empty: observational
  std::vector<BeliefQuestion> open;           // questions, the first is asked now
  std::vector<std::string> offered;           // interventions that may come next, canonical
  bool ended = false;
};

// Begins with "Environment: ID"; after the observations stand "--- Now ---", "Intervention in
// force: REGIME", and "Question: QUERY", or a line "Intervention offered: REGIME" for each one when
// no question is open.
[[nodiscard]] std::string standing_text(const Standing& standing);

struct ReadStanding {
  std::string environment;
  std::string regime;                // empty: observational
  std::optional<std::string> query;  // that is asked now
  std::vector<std::string> offered;  // when none is
  friend bool operator==(const ReadStanding&, const ReadStanding&) = default;
};

// Errors: parse_error when the text does not begin with an environment or does not say "Now".
[[nodiscard]] Result<ReadStanding> read_standing(std::string_view text);

}  // namespace causal_gym

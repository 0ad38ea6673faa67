// A belief request as the messages that a language model gets. Deterministic: the same request and
// style give the same bytes, so that costs can be bounded before anything is sent.
//
// The user text begins with lines that a program can read back (read_prompt): "Environment: ID",
// "Intervention in force: REGIME" unless there is none, and "Question: QUERY", the observations
// standing between.
#pragma once

#include "gym/agent/agent.h"

namespace causal_gym {

struct Prompt {
  std::string system;
  std::string user;
  friend bool operator==(const Prompt&, const Prompt&) = default;
};

// `most_observations`: only the first observation and so many of the newest are told; 0: all.
[[nodiscard]] Prompt belief_prompt(const BeliefRequest& request, const std::string& environment,
                                   PromptStyle style, std::size_t most_observations = 0);

// One of the observations under its number, from 1; ends with an empty line.
[[nodiscard]] std::string observation_text(const Observation& observation, std::size_t number,
                                           std::size_t count);

struct PromptQuestion {
  std::string environment;
  std::string regime;  // empty: observational
  std::string query;
  friend bool operator==(const PromptQuestion&, const PromptQuestion&) = default;
};

// What a prompt's user text asks. Errors: parse_error naming the line that is missing.
[[nodiscard]] Result<PromptQuestion> read_prompt(std::string_view user);

}  // namespace causal_gym

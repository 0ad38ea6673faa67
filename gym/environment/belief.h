// What may be asked as a belief: a query that asks for one number with a known, bounded range.
#pragma once

#include "gym/environment/environment.h"

namespace causal_gym {

// Smallest and largest value that a query can take in any model with these variables.
struct BeliefRange {
  double low = 0;
  double high = 1;
  [[nodiscard]] double width() const { return high - low; }
  [[nodiscard]] bool contains(double value) const {
    return low <= value && value <= high;
  }  // false for NaN
  friend bool operator==(const BeliefRange&, const BeliefRange&) = default;
};

// A question as an episode asks it, resolved against a model.
struct BeliefQuestion {
  std::string text;  // canonical: query_text of `query`
  Query query;
  BeliefRange range;
  bool causal =
      false;  // uses do(), a counterfactual or an effect; under a regime every question is causal
};

// Probabilities range over [0, 1], expectations over the outcome's numbers, effects over their
// differences; arithmetic by interval arithmetic. Errors: those of parse_query and check_query;
// invalid_argument when the query asks for a table, for a latent variable, or has no bounded range
// (a division whose divisor may be zero) or only one possible value.
[[nodiscard]] Result<BeliefQuestion> read_belief_question(std::string_view text,
                                                          const Model& model);

// An intervention as an episode applies it. Errors: those of parse_regime; invalid_argument when it
// changes nothing or a latent variable.
[[nodiscard]] Result<Regime> read_intervention(std::string_view text, const Model& model);

}  // namespace causal_gym

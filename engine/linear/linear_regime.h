// Interventions on a linear model. A regime never edits a model: model + regime -> model.
//
// Source: Pearl 2009, section 3.2; `disconnect` and `shift` as in the project's semantics: the
// first keeps the variable's marginal, the second its causes. Cost: O(n^3) (the model is built).
#pragma once

#include <variant>
#include <vector>

#include "engine/linear/linear_model.h"

namespace causal_gym {

struct SetValue {  // do(variable = value)
  NodeId variable = 0;
  double value = 0;
  friend bool operator==(const SetValue&, const SetValue&) = default;
};
struct RandomizeValue {  // variable ~ normal(mean, sd), whatever its parents
  NodeId variable = 0;
  double mean = 0;
  double sd = 1;
  friend bool operator==(const RandomizeValue&, const RandomizeValue&) = default;
};
struct DisconnectValue {  // cut the incoming edges, keep the marginal of the model as it was
  NodeId variable = 0;
  friend bool operator==(const DisconnectValue&, const DisconnectValue&) = default;
};
struct ShiftValue {  // variable += amount, on top of its causes
  NodeId variable = 0;
  double amount = 0;
  friend bool operator==(const ShiftValue&, const ShiftValue&) = default;
};

using LinearIntervention = std::variant<SetValue, RandomizeValue, DisconnectValue, ShiftValue>;

// Joint interventions, each on another variable; empty: the observational regime.
using LinearRegime = std::vector<LinearIntervention>;

[[nodiscard]] NodeId intervened_variable(const LinearIntervention& intervention);

// The model under the regime: same variables; edges into set, randomized and disconnected variables
// are cut, bidirected ones included. Errors: invalid_argument (a variable twice or out of range, a
// number that is not finite, sd < 0; `where` is "regime[i]").
[[nodiscard]] Result<LinearModel> intervene(const LinearModel& model, const LinearRegime& regime);

}  // namespace causal_gym

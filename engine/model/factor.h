// A table of numbers over the joint states of a few variables.
#pragma once

#include <span>
#include <vector>

#include "engine/base/limits.h"
#include "engine/base/result.h"
#include "engine/model/model.h"

namespace causal_gym {

// values has one number for each joint state; the last variable runs fastest. No variables: one
// number.
struct Factor {
  std::vector<VariableId> variables;       // distinct
  std::vector<std::size_t> cardinalities;  // states of each variable
  std::vector<double> values;
  friend bool operator==(const Factor&, const Factor&) = default;
};

// P(v | given) of the model as a factor over (given..., v). Errors: limit_exceeded naming the cells
// a table would need.
[[nodiscard]] Result<Factor> mechanism_factor(const Model& model, VariableId v,
                                              const Limits& limits = {});

// P(v = state | given = parent_states), parents in the order of the mechanism's `given`.
// O(parents).
[[nodiscard]] double mechanism_probability(const Model& model, VariableId v, State state,
                                           std::span<const State> parent_states);

}  // namespace causal_gym

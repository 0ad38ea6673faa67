// What inference is told: allowed states of some variables, and how far it may go.
#pragma once

#include <vector>

#include "engine/base/cancellation.h"
#include "engine/base/limits.h"
#include "engine/model/model.h"

namespace causal_gym {

struct Evidence {  // the variable is in one of its allowed states
  VariableId variable = 0;
  std::vector<bool> allowed;  // one for each state
  friend bool operator==(const Evidence&, const Evidence&) = default;
};

// Evidence that the variable is in this one state.
[[nodiscard]] Evidence observed_state(const Model& model, VariableId variable, State state);

struct InferenceOptions {
  Limits limits;
  CancellationToken cancellation;
};

}  // namespace causal_gym

// Evidence, joined: which states each variable may still take.
#pragma once

#include <span>
#include <vector>

#include "engine/infer/evidence.h"

namespace causal_gym {

struct AllowedStates {
  // Of each variable, increasing; empty when all its states are allowed.
  std::vector<std::vector<State>> kept;
  NodeSet variables;     // those that may not take every state
  bool possible = true;  // false: some variable has no state left
  friend bool operator==(const AllowedStates&, const AllowedStates&) = default;
};

// What both `before` (or nothing, when it has no variables) and the evidence allow. Errors:
// invalid_argument for a variable the model has not, or flags that do not match its states.
[[nodiscard]] Result<AllowedStates> allow(const Model& model, AllowedStates before,
                                          std::span<const Evidence> evidence);

// Ok when the targets are distinct variables of the model; otherwise invalid_argument.
[[nodiscard]] Status check_targets(const Model& model, std::span<const VariableId> targets);

}  // namespace causal_gym

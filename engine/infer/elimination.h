// Exact inference by variable elimination.
//
// Source: Zhang & Poole 1996; Dechter 1999 (bucket elimination). Barren nodes are pruned, nodes
// that evidence separates are left out, and the order is greedy (elimination_order.h). Cost:
// exponential in the induced width; a table over limits.factor_cells is refused before it is made.
#pragma once

#include <span>

#include "engine/infer/evidence.h"
#include "engine/model/factor.h"

namespace causal_gym {

// P(targets, evidence) for every joint state of the targets: a factor over the targets in the order
// given (one number, P(evidence), when there are none). Targets are distinct; a target may also be
// evidence. Errors: limit_exceeded (message names the cells needed), cancelled, invalid_argument
// (bad target or evidence).
[[nodiscard]] Result<Factor> joint_mass(const Model& model, std::span<const VariableId> targets,
                                        std::span<const Evidence> evidence,
                                        const InferenceOptions& options = {});

// The same, divided by P(evidence). Errors: also zero_probability.
[[nodiscard]] Result<Factor> posterior(const Model& model, std::span<const VariableId> targets,
                                       std::span<const Evidence> evidence,
                                       const InferenceOptions& options = {});

// P(targets, events | conditions), which the two above are cases of. What the conditions separate
// from targets and events is asked only whether it can happen at all, and no quotient loses digits
// when P(conditions) is too small for a double. Errors: those of posterior.
[[nodiscard]] Result<Factor> conditional_mass(const Model& model,
                                              std::span<const VariableId> targets,
                                              std::span<const Evidence> events,
                                              std::span<const Evidence> conditions,
                                              const InferenceOptions& options = {});

}  // namespace causal_gym

// Brute force: the sum of the truncated factorisation over every joint state. The oracle for
// everything cleverer.
#pragma once

#include <span>

#include "engine/infer/evidence.h"
#include "engine/model/factor.h"

namespace causal_gym {

// As joint_mass in elimination.h, by visiting every joint state of the whole model once.
// Errors: limit_exceeded when the joint has more than limits.factor_cells states.
[[nodiscard]] Result<Factor> enumerate_joint_mass(const Model& model,
                                                  std::span<const VariableId> targets,
                                                  std::span<const Evidence> evidence,
                                                  const InferenceOptions& options = {});

}  // namespace causal_gym

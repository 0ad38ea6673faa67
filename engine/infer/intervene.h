// model + regime -> model: each intervened variable gets a new mechanism without parents.
#pragma once

#include "engine/base/rng.h"
#include "engine/infer/evidence.h"
#include "engine/model/regime.h"

namespace causal_gym {

// set and prevent: a constant; randomize: the given distribution; disconnect: the variable's
// marginal in `model` itself (without the other interventions). Variables keep their ids; edges
// into the intervened variables are gone. Errors: those of check_regime, and of joint_mass for
// disconnect.
[[nodiscard]] Result<Model> intervene(const Model& model, const Regime& regime,
                                      const InferenceOptions& options = {});

// A world drawn from the model: one state for each variable, in id order. Draws are keyed by (rng,
// variable).
[[nodiscard]] std::vector<State> draw_world(const Model& model, Rng& rng);

}  // namespace causal_gym

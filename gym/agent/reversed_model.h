// The world of someone who believes every arrow the other way round.
#pragma once

#include "engine/model/model.h"

namespace causal_gym {

// Every edge reversed, each mechanism refitted to the same observational joint, latent variables
// included: P(v | former children of v). A row whose condition never happens is uniform. Errors:
// those of joint_mass and Model::create. Cost: one exact inference per variable over its children.
[[nodiscard]] Result<Model> reversed_model(const Model& model);

}  // namespace causal_gym

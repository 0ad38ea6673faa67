// The model of a released environment.
#pragma once

#include "engine/model/build.h"

namespace causal_gym {

// The model built. A released model that does not build is our bug: it ends the program and says
// why.
[[nodiscard]] Model released_model(const ModelBuilder& builder);

}  // namespace causal_gym

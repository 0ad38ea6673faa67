// causal_score: how near the causal beliefs are to the truth, in [0, 1]; 1 is exact.
// = 1 - mean |b - t| / max(t, 1 - t) over the stated causal beliefs; for a range [low, high] other
// than [0, 1] the divisor is max(t - low, high - t), the largest possible miss. Nothing
// ("unscored") when there is no such belief. Cost: O(beliefs).
#pragma once

#include "gym/score/measurement.h"

namespace causal_gym {

[[nodiscard]] std::optional<double> causal_score(std::span<const BeliefMeasurement> beliefs);

}  // namespace causal_gym

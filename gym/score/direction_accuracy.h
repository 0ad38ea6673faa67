// direction_accuracy: the share of beliefs that moved the right way after an intervention, in [0,
// 1]. Over the stated causal beliefs with a belief p before: right when sign(b - p) = sign(t - p);
// where |t - p| <= 0.02 (of the range's width), staying put, |b - p| <= 0.02, is the right answer.
// The dead zone is about the truth: where that moves, a move of any size in its direction is right,
// as only the direction is asked; how far is for causal_score to say.
// Nothing ("unscored") when there is no such belief. Cost: O(beliefs).
#pragma once

#include "gym/score/measurement.h"

namespace causal_gym {

[[nodiscard]] std::optional<double> direction_accuracy(std::span<const BeliefMeasurement> beliefs);

}  // namespace causal_gym

// seeing_doing_index: does the agent answer doing (+1) or seeing (-1)? In [-1, 1].
// = mean over the stated discriminating beliefs of (|b - s| - |b - t|) / |t - s|, clipped to [-1,
// 1]. Nothing ("unscored") when there is no such belief. Cost: O(beliefs).
#pragma once

#include "gym/score/measurement.h"

namespace causal_gym {

[[nodiscard]] std::optional<double> seeing_doing_index(std::span<const BeliefMeasurement> beliefs);

}  // namespace causal_gym

// brier_regret: what the beliefs lose against knowing the truth under the quadratic score; 0 is
// best. = mean (b - t)^2 over all stated beliefs, b and t measured in widths of the query's range.
// A probability's range is one wide; other numbers have no quadratic score until they are put on
// such a scale. Beliefs that nothing causal is asked of count too: the score is of what is
// believed, not of causal understanding alone, which causal_score measures. Source: Brier 1950;
// strictly proper. Nothing ("unscored") when there is no such belief. Cost: O(beliefs).
#pragma once

#include "gym/score/measurement.h"

namespace causal_gym {

[[nodiscard]] std::optional<double> brier_regret(std::span<const BeliefMeasurement> beliefs);

}  // namespace causal_gym

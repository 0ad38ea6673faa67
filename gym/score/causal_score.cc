#include "gym/score/causal_score.h"

#include <algorithm>
#include <cmath>

namespace causal_gym {

std::optional<double> causal_score(std::span<const BeliefMeasurement> beliefs) {
  double misses = 0;
  std::size_t count = 0;
  for (const auto& belief : beliefs) {
    if (!belief.causal || !belief.belief) continue;
    const double largest =
        std::max(belief.truth - belief.range.low, belief.range.high - belief.truth);
    misses += std::abs(*belief.belief - belief.truth) / largest;
    ++count;
  }
  if (count == 0) return std::nullopt;
  return 1 - misses / static_cast<double>(count);
}

}  // namespace causal_gym

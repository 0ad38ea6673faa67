#include "gym/score/brier_regret.h"

namespace causal_gym {

std::optional<double> brier_regret(std::span<const BeliefMeasurement> beliefs) {
  double sum = 0;
  std::size_t count = 0;
  for (const auto& belief : beliefs) {
    if (!belief.belief) continue;
    const double miss = (*belief.belief - belief.truth) / belief.range.width();
    sum += miss * miss;
    ++count;
  }
  if (count == 0) return std::nullopt;
  return sum / static_cast<double>(count);
}

}  // namespace causal_gym

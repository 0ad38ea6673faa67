#include "gym/score/seeing_doing_index.h"

#include <algorithm>
#include <cmath>

namespace causal_gym {

std::optional<double> seeing_doing_index(std::span<const BeliefMeasurement> beliefs) {
  double sum = 0;
  std::size_t count = 0;
  for (const auto& belief : beliefs) {
    if (!belief.discriminating || !belief.belief) continue;
    const double from_seeing = std::abs(*belief.belief - *belief.seeing);
    const double from_truth = std::abs(*belief.belief - belief.truth);
    sum +=
        std::clamp((from_seeing - from_truth) / std::abs(belief.truth - *belief.seeing), -1.0, 1.0);
    ++count;
  }
  if (count == 0) return std::nullopt;
  return sum / static_cast<double>(count);
}

}  // namespace causal_gym

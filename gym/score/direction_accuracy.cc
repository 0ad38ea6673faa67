#include "gym/score/direction_accuracy.h"

#include <cmath>

namespace causal_gym {

namespace {

constexpr double dead_zone = 0.02 + 1e-12;  // of the range's width, with room for rounding

int direction(double from, double to) { return to > from ? 1 : to < from ? -1 : 0; }

bool moved_right(const BeliefMeasurement& belief) {
  const double zone = dead_zone * belief.range.width();
  if (std::abs(belief.truth - *belief.before) <= zone)
    return std::abs(*belief.belief - *belief.before) <= zone;
  return direction(*belief.before, *belief.belief) == direction(*belief.before, belief.truth);
}

}  // namespace

std::optional<double> direction_accuracy(std::span<const BeliefMeasurement> beliefs) {
  std::size_t right = 0, count = 0;
  for (const auto& belief : beliefs) {
    if (!belief.causal || !belief.belief || !belief.before) continue;
    right += moved_right(belief) ? 1 : 0;
    ++count;
  }
  if (count == 0) return std::nullopt;
  return static_cast<double>(right) / static_cast<double>(count);
}

}  // namespace causal_gym

#include "apps/server/ops_rates.h"

#include <cmath>

namespace causal_gym {

std::optional<double> increase(std::span<const OpsSample> samples, OpsNumber counter) {
  if (samples.size() < 2) return std::nullopt;
  double grown = 0;
  for (std::size_t i = 1; i < samples.size(); ++i) {
    const double before = samples[i - 1][counter];
    const double after = samples[i][counter];
    grown += after < before ? after : after - before;
  }
  return grown;
}

std::vector<TimeBucket> increase(std::span<const OpsSample> samples, OpsTimes which) {
  if (samples.size() < 2) return {};
  auto grown = samples.back()[which];
  for (auto& bucket : grown) bucket.count = 0;
  for (std::size_t i = 1; i < samples.size(); ++i) {
    const auto& before = samples[i - 1][which];
    const auto& after = samples[i][which];
    if (after.empty() || after.size() != grown.size()) continue;  // not there yet
    const bool anew = before.size() != after.size() || after.back().count < before.back().count;
    for (std::size_t b = 0; b < grown.size(); ++b)
      grown[b].count += after[b].count - (anew ? 0 : before[b].count);
  }
  return grown;
}

std::optional<double> quantile(double share, std::span<const TimeBucket> buckets) {
  if (buckets.empty() || !(buckets.back().count > 0)) return std::nullopt;
  const double rank = share * buckets.back().count;
  double low = 0;
  double below = 0;
  for (const auto& [bound, count] : buckets) {
    if (std::isinf(bound)) break;
    if (count >= rank && count > below)
      return low + (bound - low) * std::max(0.0, rank - below) / (count - below);
    low = bound;
    below = count;
  }
  return low;
}

double duration_seconds(std::span<const OpsSample> samples) {
  if (samples.empty()) return 0;
  return std::chrono::duration<double>(samples.back().at - samples.front().at).count();
}

}  // namespace causal_gym

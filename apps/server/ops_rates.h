// What counters and histograms say of a while: by how much they grew, and how long most took.
//
// Source: Prometheus' increase() and histogram_quantile(), without their extrapolation to the ends
// of the while. Cost: linear in the samples.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "apps/server/ops_sample.h"

namespace causal_gym {

// How much the counter grew from the first sample to the last. One that went down began again at 0.
// Nothing with fewer than two samples.
[[nodiscard]] std::optional<double> increase(std::span<const OpsSample> samples, OpsNumber counter);

// What was observed between the first sample and the last; empty with fewer than two samples.
[[nodiscard]] std::vector<TimeBucket> increase(std::span<const OpsSample> samples, OpsTimes which);

// In seconds: `share` (in [0, 1]) of what is in the buckets took at most so long, as if spread
// evenly within a bucket. Beyond the last finite bound, that bound. Nothing when there is nothing
// in them.
[[nodiscard]] std::optional<double> quantile(double share, std::span<const TimeBucket> buckets);

// Seconds from the first sample to the last.
[[nodiscard]] double duration_seconds(std::span<const OpsSample> samples);

}  // namespace causal_gym

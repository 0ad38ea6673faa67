// The figures of the page /ops, from samples of the server's metrics. Pure. Cost: some hundred
// thousand additions.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "apps/server/chart.h"
#include "apps/server/ops_sample.h"

namespace causal_gym {

inline constexpr double ops_look_back_seconds = 60;  // of each point of a rate, a share, a time
// What the figures show: the hour, or less of it while the samples fill no more.
inline constexpr double ops_long_span_seconds = 3'600, ops_short_span_seconds = 1'200;

struct OpsSection {
  std::string title;
  std::vector<Chart> charts;
};

// `samples`: oldest first; `now`: of their clock. A figure of a metric that no sample has is left
// out when it is one that only some servers have (the oldest job's age).
[[nodiscard]] std::vector<OpsSection> ops_figures(std::span<const OpsSample> samples,
                                                  std::chrono::nanoseconds now);

}  // namespace causal_gym

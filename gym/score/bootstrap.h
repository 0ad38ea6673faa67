// A 95% interval for a mean by the cluster bootstrap: whole clusters (environments) are drawn with
// replacement. Source: Davison & Hinkley 1997, section 3.8; percentile method, section 5.3. Cost:
// O(replicates * clusters).
#pragma once

#include <optional>
#include <span>
#include <string>

#include "engine/ask.h"
#include "engine/base/rng.h"

namespace causal_gym {

struct ClusteredValue {
  std::string cluster;
  double value = 0;
};

struct MeanEstimate {
  double mean = 0;                   // over all values
  std::optional<Interval> interval;  // absent with fewer than two clusters: nothing to resample
  std::size_t clusters = 0;
  std::size_t values = 0;
};

inline constexpr int bootstrap_replicates = 2'000;

// Nothing when there are no values. The mean of a replicate is over all values of the drawn
// clusters; the interval's ends are the smallest replicate means that reach 2.5% and 97.5% of the
// replicates. Same values (in the same order) and rng: the same bits.
[[nodiscard]] std::optional<MeanEstimate> estimate_mean(std::span<const ClusteredValue> values,
                                                        Rng rng,
                                                        int replicates = bootstrap_replicates);

}  // namespace causal_gym

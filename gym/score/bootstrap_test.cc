// The cluster bootstrap against exact enumeration of every resample, and its coverage on made-up
// experiments.
#include "gym/score/bootstrap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace causal_gym {
namespace {

TEST(EstimateMean, WithoutValuesThereIsNone) { EXPECT_FALSE(estimate_mean({}, Rng(1, 1))); }

TEST(EstimateMean, OneClusterHasAMeanButNoInterval) {
  const ClusteredValue values[] = {{"a", 1}, {"a", 2}, {"a", 6}};
  const auto estimate = estimate_mean(values, Rng(1, 1));
  EXPECT_DOUBLE_EQ(estimate->mean, 3);
  EXPECT_FALSE(estimate->interval);
  EXPECT_EQ(estimate->clusters, 1U);
  EXPECT_EQ(estimate->values, 3U);
}

TEST(EstimateMean, EqualClustersHaveAnIntervalOfOnePoint) {
  const ClusteredValue values[] = {{"a", 0.25}, {"b", 0.25}, {"c", 0.25}};
  EXPECT_EQ(*estimate_mean(values, Rng(1, 1))->interval, (Interval{0.25, 0.25}));
}

TEST(EstimateMean, SameRngSameBitsOtherRngOthers) {
  std::vector<ClusteredValue> values;
  Rng rng(3, 3);
  for (int i = 0; i < 60; ++i)
    values.push_back({std::string(1, static_cast<char>('a' + i % 12)), rng.normal()});
  const auto once = estimate_mean(values, Rng(1, 1)), again = estimate_mean(values, Rng(1, 1));
  EXPECT_EQ(*once->interval, *again->interval);
  EXPECT_FALSE(*once->interval == *estimate_mean(values, Rng(2, 1))->interval);
  EXPECT_LE(once->interval->low, once->mean);
  EXPECT_GE(once->interval->high, once->mean);
}

// Every one of the n^n resamples of the clusters, each as likely as the other: the exact share of
// resamples whose mean is at most x.
class ExactBootstrap {
 public:
  explicit ExactBootstrap(std::span<const ClusteredValue> values) {
    std::map<std::string, std::pair<double, double>> sums;
    for (const auto& [cluster, value] : values) {
      sums[cluster].first += value;
      sums[cluster].second += 1;
    }
    for (const auto& [cluster, sum] : sums) clusters_.push_back(sum);
    draw(0, 0, 0);
    std::sort(means_.begin(), means_.end());
  }
  [[nodiscard]] double share_up_to(double x) const {
    return static_cast<double>(std::upper_bound(means_.begin(), means_.end(), x + 1e-12) -
                               means_.begin()) /
           static_cast<double>(means_.size());
  }
  [[nodiscard]] double share_below(double x) const {
    return static_cast<double>(std::lower_bound(means_.begin(), means_.end(), x - 1e-12) -
                               means_.begin()) /
           static_cast<double>(means_.size());
  }

 private:
  void draw(std::size_t depth, double sum, double count) {
    if (depth == clusters_.size()) {
      means_.push_back(sum / count);
      return;
    }
    for (const auto& [cluster_sum, cluster_count] : clusters_)
      draw(depth + 1, sum + cluster_sum, count + cluster_count);
  }
  std::vector<std::pair<double, double>> clusters_;
  std::vector<double> means_;
};

TEST(EstimateMean, TheIntervalsEndsAreQuantilesOfTheExactBootstrap) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed, 7);
    std::vector<ClusteredValue> values;
    const auto clusters = 3 + rng.below(4);  // 3 to 6 clusters of unequal sizes
    for (std::uint64_t c = 0; c < clusters; ++c)
      for (std::uint64_t i = 0; i <= rng.below(4); ++i)
        values.push_back({std::to_string(c), rng.normal()});
    const auto interval = *estimate_mean(values, Rng(seed, 1), 20'000)->interval;
    const ExactBootstrap exact(values);
    // Four standard errors of a share estimated from 20,000 replicates: 4 * sqrt(0.025 * 0.975 /
    // 20,000) = 0.0044.
    EXPECT_LE(exact.share_below(interval.low), 0.025 + 0.0045);
    EXPECT_GE(exact.share_up_to(interval.low), 0.025 - 0.0045);
    EXPECT_LE(exact.share_below(interval.high), 0.975 + 0.0045);
    EXPECT_GE(exact.share_up_to(interval.high), 0.975 - 0.0045);
  }
}

// Experiments with a true mean of zero: 24 clusters with an effect of their own and five values
// each.
double coverage(bool clustered, int experiments) {
  int covered = 0;
  for (int e = 0; e < experiments; ++e) {
    Rng rng(static_cast<std::uint64_t>(e), 11);
    std::vector<ClusteredValue> values;
    for (int c = 0; c < 24; ++c) {
      const double effect = rng.normal();
      for (int i = 0; i < 5; ++i)
        values.push_back({clustered ? std::to_string(c) : std::to_string(5 * c + i),
                          effect + 0.3 * rng.normal()});
    }
    const auto interval =
        *estimate_mean(values, Rng(static_cast<std::uint64_t>(e), 12), 400)->interval;
    covered += interval.low <= 0 && 0 <= interval.high ? 1 : 0;
  }
  return static_cast<double>(covered) / experiments;
}

TEST(EstimateMean, CoversTheTruthNearlyNinetyFivePercentOfTheTimeBecauseItDrawsClusters) {
  // With 24 clusters the percentile interval is known to cover a little less than 95%.
  EXPECT_NEAR(coverage(true, 1'000), 0.93, 0.03);
  EXPECT_LT(coverage(false, 1'000), 0.7);  // as if the five values of a cluster were independent
}

}  // namespace
}  // namespace causal_gym

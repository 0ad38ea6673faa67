// Rates and quantiles, against numbers worked out by hand.
#include "apps/server/ops_rates.h"

#include <gtest/gtest.h>

#include <limits>

namespace causal_gym {
namespace {

using namespace std::chrono_literals;

constexpr double infinity = std::numeric_limits<double>::infinity();

std::vector<OpsSample> counted(const std::vector<double>& values) {
  std::vector<OpsSample> samples(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    samples[i].at = 10s * i;
    samples[i].numbers[static_cast<std::size_t>(OpsNumber::requests_2xx)] = values[i];
  }
  return samples;
}

std::optional<double> grown(const std::vector<double>& values) {
  return increase(counted(values), OpsNumber::requests_2xx);
}

std::vector<TimeBucket> buckets(std::vector<double> counts) {
  return {{0.1, counts[0]}, {0.5, counts[1]}, {1, counts[2]}, {infinity, counts[3]}};
}

std::vector<OpsSample> timed(const std::vector<std::vector<TimeBucket>>& values) {
  std::vector<OpsSample> samples(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) samples[i].times[0] = values[i];
  return samples;
}

TEST(Increase, OfACounterIsItsGrowth) {
  EXPECT_EQ(grown({5, 5, 8, 20}), 15);
  EXPECT_EQ(grown({3, 3}), 0);
  EXPECT_EQ(grown({3}), std::nullopt);
  EXPECT_EQ(grown({}), std::nullopt);
}

TEST(Increase, OfACounterThatBeganAgainCountsFromNothing) {
  EXPECT_EQ(grown({10, 16, 4, 7}), 6 + 4 + 3);
  EXPECT_EQ(grown({10, 0}), 0);
}

TEST(Increase, OfAHistogramIsThatOfEachBucket) {
  const auto samples = timed({buckets({1, 2, 3, 4}), buckets({2, 4, 6, 8}), buckets({2, 4, 7, 9})});
  EXPECT_EQ(increase(samples, OpsTimes::requests), buckets({1, 2, 4, 5}));
}

TEST(Increase, OfAHistogramThatBeganAgainOrBeginsCountsFromNothing) {
  EXPECT_EQ(increase(timed({buckets({5, 6, 7, 8}), buckets({0, 1, 2, 3})}), OpsTimes::requests),
            buckets({0, 1, 2, 3}));
  EXPECT_EQ(increase(timed({{}, {}, buckets({0, 1, 2, 3})}), OpsTimes::requests),
            buckets({0, 1, 2, 3}));
  EXPECT_TRUE(increase(timed({{}, {}}), OpsTimes::requests).empty());
  EXPECT_TRUE(increase(timed({buckets({1, 1, 1, 1})}), OpsTimes::requests).empty());
}

TEST(Quantile, IsSpreadEvenlyWithinItsBucket) {
  const auto times = buckets({50, 90, 99, 100});
  EXPECT_DOUBLE_EQ(*quantile(0.25, times), 0.05);
  EXPECT_DOUBLE_EQ(*quantile(0.5, times), 0.1);
  EXPECT_DOUBLE_EQ(*quantile(0.7, times), 0.1 + 0.4 * 20 / 40);
  EXPECT_DOUBLE_EQ(*quantile(0.95, times), 0.5 + 0.5 * 5 / 9);
  EXPECT_DOUBLE_EQ(*quantile(0.99, times), 1);
}

TEST(Quantile, BeyondTheLastBoundIsThatBound) {
  EXPECT_DOUBLE_EQ(*quantile(0.999, buckets({50, 90, 99, 100})), 1);
  EXPECT_DOUBLE_EQ(*quantile(0.5, buckets({0, 0, 0, 3})), 1);
}

TEST(Quantile, SkipsEmptyBucketsAndOfNothingThereIsNone) {
  EXPECT_DOUBLE_EQ(*quantile(0, buckets({0, 0, 10, 10})), 0.5);
  EXPECT_DOUBLE_EQ(*quantile(0.5, buckets({0, 0, 10, 10})), 0.75);
  EXPECT_FALSE(quantile(0.5, buckets({0, 0, 0, 0})));
  EXPECT_FALSE(quantile(0.5, {}));
}

}  // namespace
}  // namespace causal_gym

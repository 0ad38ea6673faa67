#include "gym/score/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

namespace causal_gym {

namespace {

struct Cluster {
  double sum = 0;
  double count = 0;
};

// The smallest replicate mean that a share of the sorted replicates reaches.
double quantile(const std::vector<double>& sorted, double share) {
  const auto rank = std::ceil(share * static_cast<double>(sorted.size()));
  return sorted[static_cast<std::size_t>(std::max(1.0, rank)) - 1];
}

}  // namespace

std::optional<MeanEstimate> estimate_mean(std::span<const ClusteredValue> values, Rng rng,
                                          int replicates) {
  if (values.empty()) return std::nullopt;
  std::map<std::string, std::size_t> index;
  std::vector<Cluster> clusters;
  Cluster all;
  for (const auto& value : values) {
    const auto [at, is_new] = index.try_emplace(value.cluster, clusters.size());
    if (is_new) clusters.emplace_back();
    clusters[at->second].sum += value.value;
    clusters[at->second].count += 1;
    all.sum += value.value;
    all.count += 1;
  }
  MeanEstimate estimate{all.sum / all.count, std::nullopt, clusters.size(), values.size()};
  if (clusters.size() < 2 || replicates < 1) return estimate;
  std::vector<double> means(static_cast<std::size_t>(replicates));
  for (auto& mean : means) {
    Cluster drawn;
    for (std::size_t i = 0; i < clusters.size(); ++i) {
      const auto& cluster = clusters[rng.below(clusters.size())];
      drawn.sum += cluster.sum;
      drawn.count += cluster.count;
    }
    mean = drawn.sum / drawn.count;
  }
  std::sort(means.begin(), means.end());
  estimate.interval = Interval{quantile(means, 0.025), quantile(means, 0.975)};
  return estimate;
}

}  // namespace causal_gym

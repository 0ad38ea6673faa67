#include "engine/linear/gaussian.h"

#include <algorithm>
#include <cmath>

namespace causal_gym {
namespace {

// A share of a variance that is taken for rounding, and of a value likewise.
constexpr double rounding_of_variance = 1e-12;
constexpr double rounding_of_value = 1e-7;

}  // namespace

tl::expected<Gaussian, Contradiction> condition(Gaussian gaussian,
                                                const std::vector<KnownValue>& known) {
  const auto n = static_cast<NodeId>(gaussian.mean.size());
  auto& covariance = gaussian.covariance;
  std::vector<double> before;
  before.reserve(gaussian.mean.size());
  for (NodeId v = 0; v < n; ++v) before.push_back(covariance(v, v));
  for (std::size_t k = 0; k < known.size(); ++k) {
    const auto v = static_cast<NodeId>(known[k].variable);
    const double value = known[k].value;
    const double mean = gaussian.mean[known[k].variable];
    const double variance = covariance(v, v);
    if (variance <= rounding_of_variance * before[known[k].variable]) {
      const double scale =
          std::max({std::abs(value), std::abs(mean), std::sqrt(before[known[k].variable])});
      if (std::abs(value - mean) > rounding_of_value * scale)
        return tl::unexpected(Contradiction{k, mean});
      continue;
    }
    std::vector<double> slope(gaussian.mean.size());
    for (NodeId a = 0; a < n; ++a) slope[static_cast<std::size_t>(a)] = covariance(a, v) / variance;
    const std::vector<double> row(covariance.data() + static_cast<std::ptrdiff_t>(v) * n,
                                  covariance.data() + (static_cast<std::ptrdiff_t>(v) + 1) * n);
    for (NodeId a = 0; a < n; ++a) {
      gaussian.mean[static_cast<std::size_t>(a)] +=
          slope[static_cast<std::size_t>(a)] * (value - mean);
      for (NodeId b = 0; b < n; ++b)
        covariance(a, b) -= slope[static_cast<std::size_t>(a)] * row[static_cast<std::size_t>(b)];
      covariance(a, v) = covariance(v, a) = 0;
    }
    gaussian.mean[known[k].variable] = value;
  }
  for (NodeId a = 0; a < n; ++a) covariance(a, a) = std::max(covariance(a, a), 0.0);
  return gaussian;
}

}  // namespace causal_gym

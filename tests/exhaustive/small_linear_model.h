// A random linear model of a DAG or ADMG with its exact covariances: a second road to path
// coefficients, total effects and regression coefficients, without the engine.
#pragma once

#include <vector>

#include "engine/base/rng.h"
#include "engine/graph/graph.h"

namespace causal_gym {

using SquareMatrix = std::vector<std::vector<double>>;

// Each bidirected edge is a hidden common cause of its ends. Coefficients lie in +-[0.4, 1.4],
// variances of noise in [0.5, 1.5].
class SmallLinearModel {
 public:
  SmallLinearModel(const Graph& graph, Rng& rng);

  [[nodiscard]] double coefficient(NodeId from, NodeId to) const;   // of the edge; 0 without one
  [[nodiscard]] double total_effect(NodeId from, NodeId to) const;  // of do(from) on to
  // Cov(a, b | given) of the normal distribution.
  [[nodiscard]] double covariance(NodeId a, NodeId b, const NodeSet& given = {}) const;
  // Of x in the regression of y on x and z.
  [[nodiscard]] double regression(NodeId y, NodeId x, const NodeSet& z) const {
    return covariance(y, x, z) / covariance(x, x, z);
  }
  // The asymptotic variance of that coefficient, for one unit.
  [[nodiscard]] double regression_variance(NodeId y, NodeId x, const NodeSet& z) const {
    auto with_x = z;
    with_x.insert(x);
    return covariance(y, y, with_x) / covariance(x, x, z);
  }

 private:
  SquareMatrix coefficients_;  // [to][from]
  SquareMatrix effects_;       // [to][from], along all directed paths
  SquareMatrix covariance_;
};

std::vector<SmallLinearModel> linear_models(const Graph& graph, std::uint64_t seed,
                                            std::size_t count);

}  // namespace causal_gym

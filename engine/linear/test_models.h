// For tests only: random linear models over a graph, and closeness of matrices.
#pragma once

#include <gtest/gtest.h>

#include <cmath>

#include "engine/graph/test_graphs.h"
#include "engine/linear/linear_model.h"

namespace causal_gym::test {

// Coefficients of either sign with sizes in [0.3, 1.1], intercepts in [-1, 1]; each noise variance
// exceeds what its covariances need.
inline LinearModel random_linear_model(const Graph& graph, Rng& rng) {
  const auto sign = [&] { return rng.below(2) == 0 ? -1.0 : 1.0; };
  std::vector<LinearMechanism> mechanisms(graph.node_count());
  std::vector<double> variance;
  for (NodeId v = 0; static_cast<std::size_t>(v) < graph.node_count(); ++v) {
    auto& mechanism = mechanisms[static_cast<std::size_t>(v)];
    for (const NodeId p : graph.parents(v)) {
      mechanism.given.push_back(p);
      mechanism.coefficients.push_back((0.3 + 0.8 * rng.uniform()) * sign());
    }
    mechanism.intercept = 2 * rng.uniform() - 1;
    variance.push_back(0.5 + rng.uniform());
  }
  std::vector<NoiseCovariance> covariances;
  for (const auto& [a, b] : graph.bidirected_edges()) {
    covariances.push_back({a, b, (0.3 + 0.6 * rng.uniform()) * sign()});
    for (const NodeId end : {a, b})
      variance[static_cast<std::size_t>(end)] += std::abs(covariances.back().value);
  }
  for (std::size_t v = 0; v < mechanisms.size(); ++v) mechanisms[v].sd = std::sqrt(variance[v]);
  return LinearModel::create("random", graph, mechanisms, covariances).value();
}

// Each number of one line, in order of the graph's nodes and then of each node's parents:
// coefficients; noise has sd 1, intercepts are 0.
inline LinearModel model_of(std::string_view graph_text, const std::vector<double>& coefficients,
                            const std::vector<NoiseCovariance>& covariances = {}) {
  const auto graph = graph_of(graph_text);
  std::vector<LinearMechanism> mechanisms(graph.node_count());
  std::size_t next = 0;
  for (NodeId v = 0; static_cast<std::size_t>(v) < graph.node_count(); ++v)
    for (const NodeId p : graph.parents(v)) {
      mechanisms[static_cast<std::size_t>(v)].given.push_back(p);
      mechanisms[static_cast<std::size_t>(v)].coefficients.push_back(coefficients.at(next++));
    }
  return LinearModel::create("model", graph, mechanisms, covariances).value();
}

inline void expect_near(const SquareMatrix& a, const SquareMatrix& b, double tolerance) {
  ASSERT_EQ(a.size(), b.size());
  const auto n = static_cast<NodeId>(a.size());
  for (NodeId i = 0; i < n; ++i)
    for (NodeId j = 0; j < n; ++j) EXPECT_NEAR(a(i, j), b(i, j), tolerance) << i << ", " << j;
}

}  // namespace causal_gym::test

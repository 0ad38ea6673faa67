#include "tests/exhaustive/small_linear_model.h"

#include "engine/base/check.h"

namespace causal_gym {
namespace {

std::size_t at(NodeId v) { return static_cast<std::size_t>(v); }

double random_coefficient(Rng& rng) {
  const double size = 0.4 + rng.uniform();
  return rng.below(2) == 0 ? size : -size;
}

SquareMatrix zeros(std::size_t n) { return {n, std::vector<double>(n, 0)}; }

}  // namespace

SmallLinearModel::SmallLinearModel(const Graph& graph, Rng& rng)
    : coefficients_(zeros(graph.node_count())), effects_(zeros(graph.node_count())) {
  const auto n = graph.node_count();
  for (const auto& [from, to] : graph.directed_edges())
    coefficients_[at(to)][at(from)] = random_coefficient(rng);
  auto noise = zeros(n);
  for (std::size_t v = 0; v < n; ++v) noise[v][v] = 0.5 + rng.uniform();
  for (const auto& [a, b] : graph.bidirected_edges()) {
    const double to_a = random_coefficient(rng);
    const double to_b = random_coefficient(rng);
    noise[at(a)][at(a)] += to_a * to_a;
    noise[at(b)][at(b)] += to_b * to_b;
    noise[at(a)][at(b)] += to_a * to_b;
    noise[at(b)][at(a)] += to_a * to_b;
  }
  for (const NodeId v : graph.topological_order()) {
    effects_[at(v)][at(v)] = 1;
    for (const NodeId parent : graph.parents(v))
      for (std::size_t from = 0; from < n; ++from)
        effects_[at(v)][from] += coefficients_[at(v)][at(parent)] * effects_[at(parent)][from];
  }
  covariance_ = zeros(n);
  for (std::size_t a = 0; a < n; ++a)
    for (std::size_t b = 0; b < n; ++b)
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
          covariance_[a][b] += effects_[a][i] * noise[i][j] * effects_[b][j];
}

double SmallLinearModel::coefficient(NodeId from, NodeId to) const {
  return coefficients_[at(to)][at(from)];
}

double SmallLinearModel::total_effect(NodeId from, NodeId to) const {
  return effects_[at(to)][at(from)];
}

// Sweeps one given variable after the other out of the covariances.
double SmallLinearModel::covariance(NodeId a, NodeId b, const NodeSet& given) const {
  auto left = covariance_;
  const auto n = left.size();
  for (const NodeId v : given) {
    const auto before = left;
    CHECK(before[at(v)][at(v)] > 0);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
        left[i][j] -= before[i][at(v)] * before[at(v)][j] / before[at(v)][at(v)];
  }
  return left[at(a)][at(b)];
}

std::vector<SmallLinearModel> linear_models(const Graph& graph, std::uint64_t seed,
                                            std::size_t count) {
  Rng rng(seed, stream_of("small linear models"));
  std::vector<SmallLinearModel> models;
  for (std::size_t i = 0; i < count; ++i) models.emplace_back(graph, rng);
  return models;
}

}  // namespace causal_gym

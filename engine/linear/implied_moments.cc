#include "engine/linear/implied_moments.h"

#include "engine/linear/dense_algebra.h"

namespace causal_gym {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::Map<const RowMajor> view(const SquareMatrix& matrix) {
  const auto n = static_cast<Eigen::Index>(matrix.size());
  return {matrix.data(), n, n};
}

Eigen::Map<RowMajor> view(SquareMatrix& matrix) {
  const auto n = static_cast<Eigen::Index>(matrix.size());
  return {matrix.data(), n, n};
}

}  // namespace

SquareMatrix total_effects(const LinearModel& model) {
  // In topological order I - Lambda is upper triangular with ones on its diagonal.
  const auto order = model.graph().topological_order();
  const auto n = model.variable_count();
  Eigen::VectorXi position(static_cast<Eigen::Index>(n));
  for (std::size_t i = 0; i < n; ++i) position(static_cast<Eigen::Index>(i)) = order[i];
  RowMajor remainder =
      RowMajor::Identity(static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(n));
  const auto coefficients = view(model.coefficients());
  for (Eigen::Index i = 0; i < position.size(); ++i)
    for (Eigen::Index j = i + 1; j < position.size(); ++j)
      remainder(i, j) = -coefficients(position(i), position(j));
  const RowMajor inverse = remainder.triangularView<Eigen::UnitUpper>().solve(
      RowMajor::Identity(remainder.rows(), remainder.cols()));
  SquareMatrix effects(n);
  auto result = view(effects);
  for (Eigen::Index i = 0; i < position.size(); ++i)
    for (Eigen::Index j = 0; j < position.size(); ++j)
      result(position(i), position(j)) = inverse(i, j);
  return effects;
}

SquareMatrix implied_covariance(const LinearModel& model) {
  const auto effects = total_effects(model);
  SquareMatrix covariance(model.variable_count());
  view(covariance) = view(effects).transpose() * view(model.noise()) * view(effects);
  return covariance;
}

std::vector<double> implied_means(const LinearModel& model) {
  std::vector<double> means(model.variable_count());
  for (const NodeId v : model.graph().topological_order()) {
    const auto& mechanism = model.mechanism(v);
    double mean = mechanism.intercept;
    for (std::size_t i = 0; i < mechanism.given.size(); ++i)
      mean += mechanism.coefficients[i] * means[static_cast<std::size_t>(mechanism.given[i])];
    means[static_cast<std::size_t>(v)] = mean;
  }
  return means;
}

}  // namespace causal_gym

#include "gym/interface/correlations.h"

#include <cmath>

#include "engine/infer/elimination.h"

namespace causal_gym {

namespace {

// Variances below this are rounding noise of a constant.
constexpr double no_variance = 1e-15;

// Pearson's r of the numbers under the joint (rows: a, columns: b).
std::optional<double> pearson(const Variable& a, const Variable& b, const Factor& joint) {
  double mean_a = 0, mean_b = 0, square_a = 0, square_b = 0, both = 0;
  for (std::size_t i = 0; i < a.states.size(); ++i)
    for (std::size_t j = 0; j < b.states.size(); ++j) {
      const double p = joint.values[i * b.states.size() + j];
      mean_a += p * a.numbers[i];
      mean_b += p * b.numbers[j];
      square_a += p * a.numbers[i] * a.numbers[i];
      square_b += p * b.numbers[j] * b.numbers[j];
      both += p * a.numbers[i] * b.numbers[j];
    }
  const double variance_a = square_a - mean_a * mean_a, variance_b = square_b - mean_b * mean_b;
  if (variance_a < no_variance || variance_b < no_variance) return std::nullopt;
  return (both - mean_a * mean_b) / std::sqrt(variance_a * variance_b);
}

// Cramer's V: the root of phi squared over min(rows, columns) - 1, counting states that can happen.
std::optional<double> cramer(const Factor& joint) {
  const std::size_t rows = joint.cardinalities[0], columns = joint.cardinalities[1];
  std::vector<double> row_sums(rows), column_sums(columns);
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) {
      row_sums[i] += joint.values[i * columns + j];
      column_sums[j] += joint.values[i * columns + j];
    }
  std::size_t row_count = 0, column_count = 0;
  for (const double sum : row_sums) row_count += sum > 0 ? 1 : 0;
  for (const double sum : column_sums) column_count += sum > 0 ? 1 : 0;
  if (row_count < 2 || column_count < 2) return std::nullopt;
  double phi_squared = 0;
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) {
      const double expected = row_sums[i] * column_sums[j];
      if (expected <= 0) continue;
      const double difference = joint.values[i * columns + j] - expected;
      phi_squared += difference * difference / expected;
    }
  return std::sqrt(phi_squared / static_cast<double>(std::min(row_count, column_count) - 1));
}

Result<ShownCorrelation> correlation(const Model& model, VariableId first, VariableId second) {
  const VariableId pair[] = {first, second};
  CAUSAL_GYM_TRY(joint, posterior(model, pair, {}));
  const auto& a = model.variable(first);
  const auto& b = model.variable(second);
  const bool numbered = !a.numbers.empty() && !b.numbers.empty();
  return ShownCorrelation{a.name, b.name, numbered ? pearson(a, b, joint) : cramer(joint),
                          numbered};
}

}  // namespace

Result<ShownCorrelations> observational_correlations(const Model& model) {
  ShownCorrelations shown;
  const auto observed = model.graph().observed_nodes().to_vector();
  for (const auto v : observed) {
    const VariableId targets[] = {v};
    CAUSAL_GYM_TRY(marginal, posterior(model, targets, {}));
    shown.marginals.push_back({model.variable(v).name, model.variable(v).states, marginal.values});
  }
  for (std::size_t i = 0; i < observed.size(); ++i)
    for (std::size_t j = i + 1; j < observed.size(); ++j) {
      CAUSAL_GYM_TRY(pair, correlation(model, observed[i], observed[j]));
      shown.correlations.push_back(std::move(pair));
    }
  return shown;
}

}  // namespace causal_gym

#include "tests/exhaustive/linear_truth.h"

#include <cmath>

namespace causal_gym {
namespace {

constexpr std::uint64_t prime = 2'147'483'647;  // 2^31 - 1

using Residues = std::vector<std::vector<std::uint64_t>>;

std::uint64_t inverse(std::uint64_t value) {
  std::uint64_t result = 1;
  for (std::uint64_t exponent = prime - 2; exponent > 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result = result * value % prime;
    value = value * value % prime;
  }
  return result;
}

Residues product(const Residues& a, const Residues& b) {
  const auto n = a.size();
  Residues result(n, std::vector<std::uint64_t>(n, 0));
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t k = 0; k < n; ++k)
      for (std::size_t j = 0; j < n; ++j) result[i][j] = (result[i][j] + a[i][k] * b[k][j]) % prime;
  return result;
}

Residues transposed(const Residues& a) {
  auto result = a;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < a.size(); ++j) result[i][j] = a[j][i];
  return result;
}

std::size_t rank(Residues rows) {
  std::size_t rank = 0;
  const auto columns = rows.empty() ? 0 : rows[0].size();
  for (std::size_t c = 0; c < columns && rank < rows.size(); ++c) {
    auto pivot = rank;
    while (pivot < rows.size() && rows[pivot][c] == 0) ++pivot;
    if (pivot == rows.size()) continue;
    std::swap(rows[rank], rows[pivot]);
    const auto unit = inverse(rows[rank][c]);
    for (std::size_t r = rank + 1; r < rows.size(); ++r) {
      const auto factor = rows[r][c] * unit % prime;
      for (std::size_t j = c; factor != 0 && j < columns; ++j)
        rows[r][j] = (rows[r][j] + (prime - factor) * rows[rank][j]) % prime;
    }
    ++rank;
  }
  return rank;
}

// The upper triangle of a + a'.
std::vector<std::uint64_t> symmetric_part(const Residues& a) {
  std::vector<std::uint64_t> entries;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = i; j < a.size(); ++j) entries.push_back((a[i][j] + a[j][i]) % prime);
  return entries;
}

}  // namespace

LinearParameters random_linear_parameters(const Graph& graph, Rng& rng) {
  const auto n = graph.node_count();
  LinearParameters parameters{SquareMatrix(n), SquareMatrix(n)};
  for (const auto& [from, to] : graph.directed_edges())
    parameters.coefficients(from, to) = (0.3 + 0.8 * rng.uniform()) * (rng.below(2) == 0 ? -1 : 1);
  for (NodeId v = 0; static_cast<std::size_t>(v) < n; ++v)
    parameters.noise(v, v) = 0.5 + rng.uniform();
  for (const auto& [a, b] : graph.bidirected_edges()) {
    const double covariance = (0.3 + 0.6 * rng.uniform()) * (rng.below(2) == 0 ? -1 : 1);
    parameters.noise(a, b) = parameters.noise(b, a) = covariance;
    parameters.noise(a, a) += std::abs(covariance);
    parameters.noise(b, b) += std::abs(covariance);
  }
  return parameters;
}

SquareMatrix covariance_of(const Graph& graph, const LinearParameters& parameters) {
  const auto n = graph.node_count();
  SquareMatrix loading(n);  // (node, noise)
  for (const NodeId v : graph.topological_order()) {
    loading(v, v) = 1;
    for (const NodeId p : graph.parents(v))
      for (NodeId e = 0; static_cast<std::size_t>(e) < n; ++e)
        loading(v, e) += parameters.coefficients(p, v) * loading(p, e);
  }
  SquareMatrix covariance(n);
  const auto size = static_cast<NodeId>(n);
  for (NodeId a = 0; a < size; ++a)
    for (NodeId b = 0; b < size; ++b)
      for (NodeId e = 0; e < size; ++e)
        for (NodeId f = 0; f < size; ++f)
          covariance(a, b) += loading(a, e) * parameters.noise(e, f) * loading(b, f);
  return covariance;
}

// With M = (I - Lambda)^-1 and Sigma = M' Omega M, a change of coefficient (a, b) changes Sigma by
// Sigma E_ab M and its transpose; a change of Omega at (a, b) by M' E_ab M and its transpose.
JacobianFacts jacobian_facts(const Graph& graph, Rng& rng) {
  const auto n = graph.node_count();
  const auto index = [](NodeId v) { return static_cast<std::size_t>(v); };
  const Residues zero(n, std::vector<std::uint64_t>(n, 0));
  auto total = zero;
  auto noise = zero;
  for (std::size_t v = 0; v < n; ++v) {
    total[v][v] = 1;
    noise[v][v] = 1 + rng.below(prime - 1);
  }
  for (const auto& [a, b] : graph.bidirected_edges())
    noise[index(a)][index(b)] = noise[index(b)][index(a)] = 1 + rng.below(prime - 1);
  for (const NodeId v : graph.topological_order())
    for (const NodeId p : graph.parents(v)) {
      const auto coefficient = 1 + rng.below(prime - 1);
      for (std::size_t u = 0; u < n; ++u)
        total[u][index(v)] = (total[u][index(v)] + total[u][index(p)] * coefficient) % prime;
    }
  const auto upper = transposed(total);
  const auto sigma = product(product(upper, noise), total);
  Residues rows;
  const auto add = [&](const Residues& left, NodeId a, NodeId b) {
    auto unit = zero;
    unit[index(a)][index(b)] = 1;
    rows.push_back(symmetric_part(product(product(left, unit), total)));
  };
  for (const auto& [a, b] : graph.directed_edges()) add(sigma, a, b);
  for (const auto& [a, b] : graph.bidirected_edges()) add(upper, a, b);
  for (NodeId v = 0; index(v) < n; ++v) add(upper, v, v);
  JacobianFacts facts;
  const auto all = rank(rows);
  facts.full_rank = all == rows.size();
  for (std::size_t e = 0; e < graph.directed_edges().size(); ++e) {
    auto others = rows;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(e));
    facts.coefficients.push_back(rank(others) + 1 == all);
  }
  return facts;
}

}  // namespace causal_gym

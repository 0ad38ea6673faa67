#include "engine/linear/covariance_check.h"

#include <cmath>

namespace causal_gym {
namespace {

// A share of a variance below this is taken for rounding.
constexpr double rounding = 1e-12;

std::string quoted(const Graph& graph, NodeId v) { return "'" + graph.name(v) + "'"; }

Status check_entries(const Graph& graph, const SquareMatrix& matrix, std::string_view what) {
  if (matrix.size() != graph.node_count())
    return fail(ErrorCode::invalid_argument,
                std::string(what) + " has " + std::to_string(matrix.size()) +
                    " rows; the graph has " + std::to_string(graph.node_count()) + " nodes");
  const auto n = static_cast<NodeId>(matrix.size());
  for (NodeId a = 0; a < n; ++a)
    for (NodeId b = 0; b <= a; ++b) {
      const double value = matrix(a, b);
      const double scale = std::sqrt(std::abs(matrix(a, a) * matrix(b, b)));
      if (!std::isfinite(value) || !std::isfinite(matrix(b, a)))
        return fail(ErrorCode::invalid_argument, std::string(what) + " is not finite at " +
                                                     quoted(graph, a) + ", " + quoted(graph, b));
      if (std::abs(value - matrix(b, a)) > 1e-9 * scale)
        return fail(ErrorCode::invalid_argument, std::string(what) + " is not symmetric at " +
                                                     quoted(graph, a) + ", " + quoted(graph, b));
    }
  return {};
}

}  // namespace

Status check_covariance(const Graph& graph, const SquareMatrix& matrix, std::string_view what,
                        Definiteness wanted) {
  CAUSAL_GYM_CHECKED(check_entries(graph, matrix, what));
  const auto n = static_cast<NodeId>(matrix.size());
  const bool definite = wanted == Definiteness::positive_definite;
  const auto refuse = [&](NodeId v) {
    return fail(ErrorCode::invalid_argument, std::string(what) + " is not positive " +
                                                 (definite ? "definite" : "semidefinite") + " at " +
                                                 quoted(graph, v));
  };
  // Cholesky's recursion, row by row: what is left of a variance after the rows before it.
  SquareMatrix lower(matrix.size());
  for (NodeId a = 0; a < n; ++a) {
    const double variance = matrix(a, a);
    double left = variance;
    for (NodeId b = 0; b < a; ++b) {
      double covariance = matrix(a, b);
      for (NodeId c = 0; c < b; ++c) covariance -= lower(a, c) * lower(b, c);
      if (lower(b, b) > 0) {
        lower(a, b) = covariance / lower(b, b);
      } else if (std::abs(covariance) > 1e-9 * std::sqrt(std::abs(variance * matrix(b, b))) ||
                 (matrix(b, b) == 0 && covariance != 0)) {
        return refuse(a);  // a variable without variance of its own has no covariance of its own
      }
      left -= lower(a, b) * lower(a, b);
    }
    if (left > rounding * variance) {
      lower(a, a) = std::sqrt(left);
    } else if (definite || left < -1e-9 * std::abs(variance) || variance < 0) {
      return refuse(a);
    }
  }
  return {};
}

}  // namespace causal_gym

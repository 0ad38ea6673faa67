#include "engine/linear/recover_coefficients.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "engine/graph/text.h"
#include "engine/linear/covariance_check.h"
#include "engine/linear/dense_algebra.h"
#include "engine/linear/mixed_component.h"

namespace causal_gym {
namespace {

// Equations on the scale of correlations with a pivot below this are taken for singular.
constexpr double singular = 1e-11;

class Recovery {
 public:
  Recovery(const Graph& graph, const SquareMatrix& covariance)
      : graph_(graph),
        covariance_(covariance),
        coefficient_(graph.node_count()),
        known_(graph.node_count()) {}

  Status take(const CoefficientStep& step) {
    CAUSAL_GYM_TRY(place, covariances_of(step));
    const auto size = static_cast<Eigen::Index>(step.equations.size());
    auto unknowns = step.parents.to_vector();
    for (const NodeId t : step.beside) unknowns.push_back(t);
    Eigen::MatrixXd matrix(size, size);
    Eigen::VectorXd right(size);
    Eigen::Index row = 0;
    for (const auto& equation : step.equations) {
      right(row) = reduced(*place, equation, step.node);
      for (const NodeId p : step.known)
        right(row) -= coefficient_(p, step.node) * reduced(*place, equation, p);
      Eigen::Index column = 0;
      for (const NodeId w : unknowns) matrix(row, column++) = reduced(*place, equation, w);
      ++row;
    }
    // Units do not matter to whether the equations are singular.
    for (Eigen::Index i = 0; i < size; ++i) {
      const auto source = step.equations[static_cast<std::size_t>(i)].source;
      const double scale = std::sqrt(place->at(source, source));
      matrix.row(i) /= scale;
      right(i) /= scale;
    }
    Eigen::VectorXd unit(size);
    Eigen::Index column = 0;
    for (const NodeId w : unknowns) {
      unit(column) = std::sqrt(place->at(w, w));
      matrix.col(column) /= unit(column);
      ++column;
    }
    const Eigen::FullPivLU<Eigen::MatrixXd> factor(matrix);
    if (std::abs(factor.matrixLU()(size - 1, size - 1)) < singular)
      return fail(ErrorCode::not_determined, "the equations for the coefficients into '" +
                                                 graph_.name(step.node) +
                                                 "' are singular for this covariance matrix");
    const Eigen::VectorXd solution = factor.solve(right);
    column = 0;
    for (const NodeId w : step.parents) {
      coefficient_(w, step.node) = solution(column) / unit(column);
      known_[static_cast<std::size_t>(step.node)].insert(w);
      ++column;
    }
    return {};
  }

  [[nodiscard]] RecoveredParameters parameters() const {
    RecoveredParameters result;
    for (const auto& [from, to] : graph_.directed_edges())
      result.coefficients.push_back(known_[static_cast<std::size_t>(to)].contains(from)
                                        ? std::optional(coefficient_(from, to))
                                        : std::nullopt);
    for (NodeId v = 0; static_cast<std::size_t>(v) < graph_.node_count(); ++v)
      result.noise_variances.push_back(noise_covariance(v, v));
    for (const auto& [a, b] : graph_.bidirected_edges())
      result.noise_covariances.push_back(noise_covariance(a, b));
    return result;
  }

 private:
  // Covariances over the whole graph's node ids.
  struct Place {
    SquareMatrix matrix;
    std::vector<NodeId> position;
    [[nodiscard]] double at(NodeId a, NodeId b) const {
      return matrix(position[static_cast<std::size_t>(a)], position[static_cast<std::size_t>(b)]);
    }
  };

  Result<const Place*> covariances_of(const CoefficientStep& step) {
    const auto key = step.district ? step.district->to_vector() : std::vector<NodeId>{};
    const auto existing = places_.find(key);
    if (existing != places_.end()) return &existing->second;
    Place place{covariance_, std::vector<NodeId>(graph_.node_count())};
    for (std::size_t i = 0; i < graph_.node_count(); ++i)
      place.position[i] = static_cast<NodeId>(i);
    if (step.district) {
      const auto component = mixed_component(graph_, *step.district);
      CAUSAL_GYM_TRY(matrix, component_covariance(graph_, component, covariance_));
      place.matrix = std::move(matrix);
      for (std::size_t i = 0; i < component.nodes.size(); ++i)
        place.position[static_cast<std::size_t>(component.nodes[i])] = static_cast<NodeId>(i);
    }
    return &places_.emplace(key, std::move(place)).first->second;
  }

  // cov(source less its known part, v)
  [[nodiscard]] double reduced(const Place& place, const CoefficientEquation& equation,
                               NodeId v) const {
    double value = place.at(equation.source, v);
    for (const NodeId p : equation.subtract)
      value -= coefficient_(p, equation.source) * place.at(p, v);
    return value;
  }

  // (I - Lambda)' Sigma (I - Lambda) at (a, b).
  [[nodiscard]] std::optional<double> noise_covariance(NodeId a, NodeId b) const {
    double value = 0;
    for (const NodeId end : {a, b})
      if (known_[static_cast<std::size_t>(end)].size() != graph_.parents(end).size())
        return std::nullopt;
    const auto with_b = [&](NodeId v) {
      double sum = covariance_(v, b);
      for (const NodeId p : graph_.parents(b)) sum -= coefficient_(p, b) * covariance_(v, p);
      return sum;
    };
    value = with_b(a);
    for (const NodeId p : graph_.parents(a)) value -= coefficient_(p, a) * with_b(p);
    return value;
  }

  const Graph& graph_;
  const SquareMatrix& covariance_;
  SquareMatrix coefficient_;
  std::vector<NodeSet> known_;
  std::map<std::vector<NodeId>, Place> places_;
};

}  // namespace

Result<RecoveredParameters> recover_coefficients(const Graph& graph, const SquareMatrix& covariance,
                                                 const CoefficientIdentification& identification) {
  CAUSAL_GYM_CHECKED(check_covariance(graph, covariance, "the covariance matrix",
                                      Definiteness::positive_definite));
  Recovery recovery(graph, covariance);
  for (const auto& step : identification.steps) CAUSAL_GYM_CHECKED(recovery.take(step));
  return recovery.parameters();
}

}  // namespace causal_gym

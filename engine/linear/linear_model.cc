#include "engine/linear/linear_model.h"

#include <algorithm>
#include <cmath>

#include "engine/graph/text.h"
#include "engine/linear/covariance_check.h"

namespace causal_gym {

struct LinearModel::Data {
  std::string name;
  Graph graph;
  std::vector<LinearMechanism> mechanisms;
  std::vector<NoiseCovariance> covariances;
  SquareMatrix coefficients;
  SquareMatrix noise;
};

namespace {

std::string quoted(const Graph& graph, NodeId v) { return "'" + graph.name(v) + "'"; }

std::string mechanism_place(const Graph& graph, NodeId v) {
  return "mechanisms." + quoted_name(graph.name(v));
}

Status check_given(const Graph& graph, NodeId v, const LinearMechanism& mechanism) {
  const auto place = mechanism_place(graph, v) + ".given";
  const auto parents = NodeSet(graph.parents(v));
  NodeSet seen;
  for (const NodeId p : mechanism.given) {
    if (p < 0 || static_cast<std::size_t>(p) >= graph.node_count())
      return fail(ErrorCode::invalid_argument,
                  "the mechanism of " + quoted(graph, v) + " is given a variable out of range",
                  place);
    if (!parents.contains(p))
      return fail(ErrorCode::invalid_argument,
                  "the mechanism of " + quoted(graph, v) + " is given " + quoted(graph, p) +
                      ", which is not a parent in the graph",
                  place);
    if (seen.contains(p))
      return fail(
          ErrorCode::invalid_argument,
          "the mechanism of " + quoted(graph, v) + " is given " + quoted(graph, p) + " twice",
          place);
    seen.insert(p);
  }
  if (const auto missing = parents - seen; !missing.empty())
    return fail(ErrorCode::invalid_argument,
                "the mechanism of " + quoted(graph, v) + " lacks its parent " +
                    quoted(graph, *missing.begin()),
                place);
  return {};
}

Status check_mechanism(const Graph& graph, NodeId v, const LinearMechanism& mechanism) {
  CAUSAL_GYM_CHECKED(check_given(graph, v, mechanism));
  const auto place = mechanism_place(graph, v) + ".linear";
  if (mechanism.coefficients.size() != mechanism.given.size())
    return fail(ErrorCode::invalid_argument,
                "the mechanism of " + quoted(graph, v) + " has " +
                    std::to_string(mechanism.coefficients.size()) + " coefficients for " +
                    std::to_string(mechanism.given.size()) + " parents",
                place + ".coefficients");
  for (std::size_t i = 0; i < mechanism.given.size(); ++i)
    if (!std::isfinite(mechanism.coefficients[i]))
      return fail(ErrorCode::invalid_argument,
                  "the coefficient of " + quoted(graph, mechanism.given[i]) +
                      " in the mechanism of " + quoted(graph, v) + " is not finite",
                  place + ".coefficients." + quoted_name(graph.name(mechanism.given[i])));
  if (!std::isfinite(mechanism.intercept))
    return fail(ErrorCode::invalid_argument,
                "the intercept of " + quoted(graph, v) + " is not finite", place + ".intercept");
  if (!std::isfinite(mechanism.sd) || mechanism.sd < 0)
    return fail(ErrorCode::invalid_argument,
                "the sd of " + quoted(graph, v) + " is not a finite number of at least 0",
                place + ".sd");
  return {};
}

// Writes the covariances into the matrix, whose variances are there.
Status add_covariances(const Graph& graph, const std::vector<NoiseCovariance>& covariances,
                       SquareMatrix& noise) {
  std::vector<NodeSet> given(graph.node_count());
  for (std::size_t i = 0; i < covariances.size(); ++i) {
    const auto& [a, b, value] = covariances[i];
    const auto place = "noise_covariance[" + std::to_string(i) + "]";
    const auto n = static_cast<NodeId>(graph.node_count());
    if (a < 0 || b < 0 || a >= n || b >= n)
      return fail(ErrorCode::invalid_argument, "a noise covariance of a variable out of range",
                  place);
    const auto pair = quoted(graph, a) + " and " + quoted(graph, b);
    if (a == b || !graph.has_bidirected_edge(a, b))
      return fail(ErrorCode::invalid_argument,
                  "a noise covariance of " + pair + ", which no bidirected edge joins", place);
    if (given[static_cast<std::size_t>(a)].contains(b))
      return fail(ErrorCode::invalid_argument, "the noise covariance of " + pair + " twice", place);
    if (!std::isfinite(value))
      return fail(ErrorCode::invalid_argument, "the noise covariance of " + pair + " is not finite",
                  place);
    given[static_cast<std::size_t>(a)].insert(b);
    given[static_cast<std::size_t>(b)].insert(a);
    noise(a, b) = noise(b, a) = value;
  }
  for (const auto& [a, b] : graph.bidirected_edges())
    if (!given[static_cast<std::size_t>(a)].contains(b))
      return fail(ErrorCode::invalid_argument,
                  "no noise covariance for the bidirected edge between " + quoted(graph, a) +
                      " and " + quoted(graph, b),
                  "noise_covariance");
  return check_covariance(graph, noise, "the noise covariance matrix",
                          Definiteness::positive_semidefinite);
}

}  // namespace

LinearModel::LinearModel() : data_(std::make_shared<const Data>()) {}

LinearModel::LinearModel(std::shared_ptr<const Data> data) : data_(std::move(data)) {}

Result<LinearModel> LinearModel::create(std::string name, Graph graph,
                                        const std::vector<LinearMechanism>& mechanisms,
                                        const std::vector<NoiseCovariance>& covariances,
                                        const Limits& limits) {
  const auto n = graph.node_count();
  CAUSAL_GYM_CHECKED(check_limit("variables of a linear model", n, limits.linear_variables));
  if (mechanisms.size() != n)
    return fail(ErrorCode::invalid_argument,
                std::to_string(mechanisms.size()) + " mechanisms for " + std::to_string(n) +
                    " variables" +
                    (mechanisms.size() < n
                         ? ": none for " + quoted(graph, static_cast<NodeId>(mechanisms.size()))
                         : ""),
                "mechanisms");
  SquareMatrix coefficients(n);
  SquareMatrix noise(n);
  for (NodeId v = 0; static_cast<std::size_t>(v) < n; ++v) {
    const auto& mechanism = mechanisms[static_cast<std::size_t>(v)];
    CAUSAL_GYM_CHECKED(check_mechanism(graph, v, mechanism));
    for (std::size_t i = 0; i < mechanism.given.size(); ++i)
      coefficients(mechanism.given[i], v) = mechanism.coefficients[i];
    noise(v, v) = mechanism.sd * mechanism.sd;
  }
  CAUSAL_GYM_CHECKED(add_covariances(graph, covariances, noise));
  return LinearModel(
      std::make_shared<const Data>(Data{std::move(name), std::move(graph), mechanisms, covariances,
                                        std::move(coefficients), std::move(noise)}));
}

const std::string& LinearModel::name() const { return data_->name; }
const Graph& LinearModel::graph() const { return data_->graph; }
std::size_t LinearModel::variable_count() const { return data_->mechanisms.size(); }
const LinearMechanism& LinearModel::mechanism(NodeId v) const {
  return data_->mechanisms[static_cast<std::size_t>(v)];
}
std::span<const NoiseCovariance> LinearModel::noise_covariances() const {
  return data_->covariances;
}
const SquareMatrix& LinearModel::coefficients() const { return data_->coefficients; }
const SquareMatrix& LinearModel::noise() const { return data_->noise; }

bool operator==(const LinearModel& a, const LinearModel& b) {
  return a.data_ == b.data_ || (a.name() == b.name() && a.graph() == b.graph() &&
                                a.data_->mechanisms == b.data_->mechanisms &&
                                a.data_->covariances == b.data_->covariances);
}

}  // namespace causal_gym

#include "engine/linear/linear_worlds.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "engine/base/check.h"

namespace causal_gym {
namespace {

using Assignments = std::map<NodeId, double>;  // one world

// Each variable of one world: constant(v) + sum over noises e of loading(v, e) e.
struct World {
  std::vector<double> constant;
  SquareMatrix loading;
};

World world_of(const LinearModel& model, const Assignments& set) {
  const auto n = model.variable_count();
  World world{std::vector<double>(n), SquareMatrix(n)};
  for (const NodeId v : model.graph().topological_order()) {
    auto& constant = world.constant[static_cast<std::size_t>(v)];
    if (const auto found = set.find(v); found != set.end()) {
      constant = found->second;
      continue;
    }
    const auto& mechanism = model.mechanism(v);
    constant = mechanism.intercept;
    world.loading(v, v) = 1;
    for (std::size_t i = 0; i < mechanism.given.size(); ++i) {
      const NodeId p = mechanism.given[i];
      constant += mechanism.coefficients[i] * world.constant[static_cast<std::size_t>(p)];
      for (NodeId e = 0; static_cast<std::size_t>(e) < n; ++e)
        world.loading(v, e) += mechanism.coefficients[i] * world.loading(p, e);
    }
  }
  return world;
}

// Terms as rows over the noises.
class TermRows {
 public:
  explicit TermRows(const LinearModel& model) : model_(model) {}

  Status add(const LinearTerm& term) {
    CAUSAL_GYM_CHECKED(check_variable(term.variable));
    Assignments set;
    for (const auto& [variable, value] : term.world) {
      CAUSAL_GYM_CHECKED(check_variable(variable));
      if (!std::isfinite(value))
        return fail(ErrorCode::invalid_argument,
                    name(variable) + " is set to a number that is not finite");
      if (!set.emplace(variable, value).second)
        return fail(ErrorCode::invalid_argument, name(variable) + " is set twice in one world");
    }
    auto found = worlds_.find(set);
    if (found == worlds_.end()) found = worlds_.emplace(set, world_of(model_, set)).first;
    const auto& world = found->second;
    const auto n = static_cast<NodeId>(model_.variable_count());
    std::vector<double> row;
    std::vector<double> with_noise(model_.variable_count(), 0.0);
    row.reserve(model_.variable_count());
    for (NodeId e = 0; e < n; ++e) {
      row.push_back(world.loading(term.variable, e));
      for (NodeId f = 0; row.back() != 0 && f < n; ++f)
        with_noise[static_cast<std::size_t>(f)] += row.back() * model_.noise()(e, f);
    }
    constants_.push_back(world.constant[static_cast<std::size_t>(term.variable)]);
    rows_.push_back(std::move(row));
    with_noise_.push_back(std::move(with_noise));
    return {};
  }

  [[nodiscard]] Gaussian joint() const {
    Gaussian result{constants_, SquareMatrix(rows_.size())};
    for (std::size_t a = 0; a < rows_.size(); ++a)
      for (std::size_t b = 0; b <= a; ++b) {
        double sum = 0;
        for (std::size_t e = 0; e < rows_[b].size(); ++e) sum += with_noise_[a][e] * rows_[b][e];
        result.covariance(static_cast<NodeId>(a), static_cast<NodeId>(b)) = sum;
        result.covariance(static_cast<NodeId>(b), static_cast<NodeId>(a)) = sum;
      }
    return result;
  }

  [[nodiscard]] std::string name(NodeId v) const { return "'" + model_.graph().name(v) + "'"; }

 private:
  [[nodiscard]] Status check_variable(NodeId v) const {
    if (v >= 0 && static_cast<std::size_t>(v) < model_.variable_count()) return {};
    return fail(ErrorCode::invalid_argument, "a term of a variable out of range");
  }

  const LinearModel& model_;
  std::map<Assignments, World> worlds_;
  std::vector<double> constants_;
  std::vector<std::vector<double>> rows_;
  std::vector<std::vector<double>> with_noise_;  // rows times Omega
};

}  // namespace

Result<Gaussian> linear_distribution(const LinearModel& model,
                                     const std::vector<LinearTerm>& outcomes,
                                     const std::vector<LinearEvidence>& evidence,
                                     const Limits& limits, const CancellationToken& cancellation) {
  CAUSAL_GYM_CHECKED(check_limit("terms", outcomes.size() + evidence.size(), limits.query_terms));
  TermRows rows(model);
  for (const auto& outcome : outcomes) {
    CAUSAL_GYM_CHECKED(cancellation.check());
    CAUSAL_GYM_CHECKED(rows.add(outcome));
  }
  std::vector<KnownValue> known;
  for (const auto& [term, value] : evidence) {
    CAUSAL_GYM_CHECKED(cancellation.check());
    known.push_back({outcomes.size() + known.size(), value});
    CAUSAL_GYM_CHECKED(rows.add(term));
    if (!std::isfinite(value))
      return fail(ErrorCode::invalid_argument,
                  "the evidence on " + rows.name(term.variable) + " is not finite");
  }
  const auto given = condition(rows.joint(), known);
  if (!given) {
    const auto& [position, expected] = given.error();
    return fail(ErrorCode::zero_probability,
                "the evidence on " + rows.name(evidence[position].term.variable) +
                    " has probability zero: it can only be " + std::to_string(expected) + " there");
  }
  Gaussian result{
      {given->mean.begin(), given->mean.begin() + static_cast<std::ptrdiff_t>(outcomes.size())},
      SquareMatrix(outcomes.size())};
  const auto size = static_cast<NodeId>(outcomes.size());
  for (NodeId a = 0; a < size; ++a)
    for (NodeId b = 0; b < size; ++b) result.covariance(a, b) = given->covariance(a, b);
  return result;
}

Result<MeanAndVariance> linear_expectation(const LinearModel& model, const LinearTerm& outcome,
                                           const std::vector<LinearEvidence>& evidence,
                                           const Limits& limits,
                                           const CancellationToken& cancellation) {
  CAUSAL_GYM_TRY(joint, linear_distribution(model, {outcome}, evidence, limits, cancellation));
  return MeanAndVariance{joint.mean[0], joint.covariance(0, 0)};
}

}  // namespace causal_gym

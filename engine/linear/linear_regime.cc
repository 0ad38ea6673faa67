#include "engine/linear/linear_regime.h"

#include <cmath>

#include "engine/graph/surgery.h"
#include "engine/linear/implied_moments.h"

namespace causal_gym {
namespace {

// The numbers an intervention brings; sd of a shift or a set counts for nothing.
struct Numbers {
  double first = 0;
  double sd = 0;
};

Numbers numbers_of(const LinearIntervention& intervention) {
  if (const auto* set = std::get_if<SetValue>(&intervention)) return {set->value, 0};
  if (const auto* shift = std::get_if<ShiftValue>(&intervention)) return {shift->amount, 0};
  if (const auto* random = std::get_if<RandomizeValue>(&intervention))
    return {random->mean, random->sd};
  return {};
}

Status check_regime(const LinearModel& model, const LinearRegime& regime) {
  NodeSet seen;
  for (std::size_t i = 0; i < regime.size(); ++i) {
    const auto place = "regime[" + std::to_string(i) + "]";
    const NodeId v = intervened_variable(regime[i]);
    if (v < 0 || static_cast<std::size_t>(v) >= model.variable_count())
      return fail(ErrorCode::invalid_argument, "an intervention on a variable out of range", place);
    const auto name = "'" + model.graph().name(v) + "'";
    if (seen.contains(v))
      return fail(ErrorCode::invalid_argument, "two interventions on " + name, place);
    seen.insert(v);
    const auto [first, sd] = numbers_of(regime[i]);
    if (!std::isfinite(first) || !std::isfinite(sd))
      return fail(ErrorCode::invalid_argument,
                  "the intervention on " + name + " has a number that is not finite", place);
    if (sd < 0)
      return fail(ErrorCode::invalid_argument, "the sd of " + name + " is less than 0", place);
  }
  return {};
}

}  // namespace

NodeId intervened_variable(const LinearIntervention& intervention) {
  return std::visit([](const auto& one) { return one.variable; }, intervention);
}

Result<LinearModel> intervene(const LinearModel& model, const LinearRegime& regime) {
  CAUSAL_GYM_CHECKED(check_regime(model, regime));
  std::vector<LinearMechanism> mechanisms;
  for (NodeId v = 0; static_cast<std::size_t>(v) < model.variable_count(); ++v)
    mechanisms.push_back(model.mechanism(v));
  NodeSet cut;
  for (const auto& intervention : regime) {
    const NodeId v = intervened_variable(intervention);
    auto& mechanism = mechanisms[static_cast<std::size_t>(v)];
    if (const auto* shift = std::get_if<ShiftValue>(&intervention)) {
      mechanism.intercept += shift->amount;
      continue;
    }
    cut.insert(v);
    if (std::holds_alternative<DisconnectValue>(intervention)) {
      const double variance = implied_covariance(model)(v, v);
      mechanism = {{}, {}, implied_means(model)[static_cast<std::size_t>(v)], std::sqrt(variance)};
    } else {
      const auto [mean, sd] = numbers_of(intervention);
      mechanism = {{}, {}, mean, sd};
    }
  }
  std::vector<NoiseCovariance> covariances;
  for (const auto& covariance : model.noise_covariances())
    if (!cut.contains(covariance.a) && !cut.contains(covariance.b))
      covariances.push_back(covariance);
  Limits limits;  // the model was within whatever limits it was built with
  limits.linear_variables = model.variable_count();
  return LinearModel::create(model.name(), cut_incoming(model.graph(), cut), mechanisms,
                             covariances, limits);
}

}  // namespace causal_gym

#include "engine/model/regime.h"

#include <cmath>

#include "engine/base/exact_text.h"
#include "engine/graph/text.h"

namespace causal_gym {
namespace {

constexpr double sum_tolerance = 1e-6;

Status check_distribution(const Variable& variable, std::span<const double> probabilities,
                          const std::string& where) {
  const auto invalid = [&](const std::string& what) {
    return fail(ErrorCode::invalid_argument,
                "the distribution to randomize '" + variable.name + "' " + what, where);
  };
  if (probabilities.empty()) return {};
  if (probabilities.size() != variable.states.size())
    return invalid("has " + std::to_string(probabilities.size()) + " numbers for " +
                   std::to_string(variable.states.size()) + " states");
  double sum = 0;
  for (const double number : probabilities) {
    if (!(number >= 0 && number <= 1)) return invalid("holds a number outside [0, 1]");
    sum += number;
  }
  if (std::abs(sum - 1) > sum_tolerance) return invalid("sums to " + std::to_string(sum));
  return {};
}

Status check_one(const Model& model, const Intervention& intervention, const std::string& where) {
  const auto v = intervened_variable(intervention);
  if (v < 0 || static_cast<std::size_t>(v) >= model.variable_count())
    return fail(ErrorCode::invalid_argument,
                "an intervention is on variable " + std::to_string(v) + ", but there are " +
                    std::to_string(model.variable_count()) + " variables",
                where);
  const auto& variable = model.variable(v);
  if (const auto* set = std::get_if<SetIntervention>(&intervention))
    if (set->state < 0 || static_cast<std::size_t>(set->state) >= variable.states.size())
      return fail(ErrorCode::invalid_argument,
                  "'" + variable.name + "' is set to state " + std::to_string(set->state) +
                      ", but has " + std::to_string(variable.states.size()) + " states",
                  where);
  if (const auto* randomize = std::get_if<RandomizeIntervention>(&intervention))
    CAUSAL_GYM_CHECKED(check_distribution(variable, randomize->probabilities, where));
  if (std::holds_alternative<PreventIntervention>(intervention) && !variable.baseline)
    return fail(ErrorCode::invalid_argument,
                "'" + variable.name + "' has no declared baseline state to prevent it to", where,
                "write set " + quoted_name(variable.name) + "=" + state_text(variable, 0));
  return {};
}

}  // namespace

VariableId intervened_variable(const Intervention& intervention) {
  return std::visit([](const auto& kind) { return kind.variable; }, intervention);
}

Status check_regime(const Model& model, const Regime& regime) {
  NodeSet intervened;
  for (std::size_t i = 0; i < regime.size(); ++i) {
    const auto where = "regime[" + std::to_string(i) + "]";
    CAUSAL_GYM_CHECKED(check_one(model, regime[i], where));
    const auto v = intervened_variable(regime[i]);
    if (intervened.contains(v))
      return fail(ErrorCode::invalid_argument,
                  "two interventions are on '" + model.variable(v).name + "'", where);
    intervened.insert(v);
  }
  return {};
}

std::string regime_text(const Regime& regime, const Model& model) {
  const auto name = [&](VariableId v) { return quoted_name(model.variable(v).name); };
  std::string text;
  for (const auto& intervention : regime) {
    if (!text.empty()) text += "; ";
    const auto v = intervened_variable(intervention);
    if (const auto* set = std::get_if<SetIntervention>(&intervention)) {
      text += "set " + name(v) + "=" + state_text(model.variable(v), set->state);
    } else if (const auto* randomize = std::get_if<RandomizeIntervention>(&intervention)) {
      text += "randomize " + name(v);
      for (std::size_t i = 0; i < randomize->probabilities.size(); ++i)
        text += (i == 0 ? " ~ " : ", ") + exact_text(randomize->probabilities[i]);
    } else if (std::holds_alternative<PreventIntervention>(intervention)) {
      text += "prevent " + name(v);
    } else {
      text += "disconnect " + name(v);
    }
  }
  return text;
}

}  // namespace causal_gym

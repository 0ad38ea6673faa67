#include "gym/environment/seeing.h"

#include <cmath>

#include "engine/ask.h"
#include "gym/environment/query_terms.h"

namespace causal_gym {
namespace {

Event condition_of(const NamedAssignment& assignment) {
  if (!assignment.value) return {{assignment.variable, {}}, Relation::bare, {}};
  return {{assignment.variable, {}}, Relation::equal, {*assignment.value}};
}

// The states that the regime's set and prevent interventions give.
std::vector<NamedAssignment> assignments_of(const Regime& regime, const Model& model) {
  std::vector<NamedAssignment> assignments;
  for (const auto& intervention : regime) {
    const Variable& variable = model.variable(intervened_variable(intervention));
    std::optional<State> state;
    if (const auto* set = std::get_if<SetIntervention>(&intervention)) state = set->state;
    if (std::holds_alternative<PreventIntervention>(intervention)) state = variable.baseline;
    if (state) assignments.push_back({variable.name, state_text(variable, *state)});
  }
  return assignments;
}

class SeeingTerms {
 public:
  SeeingTerms(const Regime& regime, const Model& model)
      : forced_(assignments_of(regime, model)), model_(model) {}

  std::optional<Query> probability(const ProbabilityQuery& term) const {
    for (const auto& event : term.events)
      if (!event.outcome.world.empty()) return std::nullopt;
    auto conditions = all_conditions(term.conditions, term.interventions);
    if (!conditions) return std::nullopt;
    return Query{ProbabilityQuery{term.events, *std::move(conditions), {}}};
  }

  std::optional<Query> expectation(const ExpectationQuery& term) const {
    if (!term.outcome.world.empty()) return std::nullopt;
    auto conditions = all_conditions(term.conditions, term.interventions);
    if (!conditions) return std::nullopt;
    return Query{ExpectationQuery{term.outcome, *std::move(conditions), {}}};
  }

  std::optional<Query> effect(const EffectQuery& effect) const {
    switch (effect.kind) {
      case EffectKind::ATE:
      case EffectKind::TE:
      case EffectKind::ATT:
      case EffectKind::ATU:
      case EffectKind::CDE: break;
      default: return std::nullopt;
    }
    auto contrast = contrast_of(effect);
    if (!contrast) return std::nullopt;
    auto of_b = mean_where(effect, contrast->second);
    auto of_a = mean_where(effect, contrast->first);
    if (!of_b || !of_a) return std::nullopt;
    return Query{ArithmeticQuery{Operator::subtract, *std::move(of_b), *std::move(of_a)}};
  }

 private:
  // The conditions written, the do() of the term, and what the regime forces beside it.
  std::optional<std::vector<Event>> all_conditions(
      const std::vector<Event>& written, const std::vector<NamedAssignment>& interventions) const {
    for (const auto& condition : written)
      if (!condition.outcome.world.empty()) return std::nullopt;
    auto conditions = written;
    for (const auto& assignment : interventions) conditions.push_back(condition_of(assignment));
    for (const auto& assignment : forced_) {
      const auto same = [&](const auto& own) { return own.variable == assignment.variable; };
      if (std::none_of(interventions.begin(), interventions.end(), same))
        conditions.push_back(condition_of(assignment));
    }
    return conditions;
  }

  std::optional<std::pair<std::string, std::string>> contrast_of(const EffectQuery& effect) const {
    if (effect.contrast) return effect.contrast;
    const auto treatment = model_.require(effect.treatment);
    if (!treatment) return std::nullopt;
    const auto& variable = model_.variable(*treatment);
    if (variable.states.size() != 2) return std::nullopt;
    return std::pair{state_text(variable, 0), state_text(variable, 1)};
  }

  std::optional<QueryPtr> mean_where(const EffectQuery& effect,
                                     const std::string& treatment_state) const {
    auto doing = effect.held;
    doing.push_back({effect.treatment, treatment_state});
    auto mean = expectation({{effect.outcome, {}}, {}, std::move(doing)});
    if (!mean) return std::nullopt;
    return std::make_shared<const Query>(*std::move(mean));
  }

  std::vector<NamedAssignment> forced_;
  const Model& model_;
};

}  // namespace

std::optional<Query> seeing_query(const Query& query, const Regime& regime, const Model& model) {
  const SeeingTerms terms(regime, model);
  return map_terms(query, {[&](const auto& term) { return terms.probability(term); },
                           [&](const auto& term) { return terms.expectation(term); },
                           [&](const auto& effect) { return terms.effect(effect); }});
}

Result<std::optional<double>> seeing_answer(const Model& model, const Regime& regime,
                                            const Query& query) {
  const auto seeing = seeing_query(query, regime, model);
  if (!seeing) return std::optional<double>();
  const auto value = ask_value(model, {}, *seeing);
  if (value) return std::optional<double>(*value);
  if (value.error().code == ErrorCode::zero_probability) return std::optional<double>();
  return fail(value.error());
}

bool discriminates_doing(double truth, double seeing, const BeliefRange& range) {
  return std::abs(truth - seeing) >= discriminating_difference * range.width() - 1e-12;
}

}  // namespace causal_gym

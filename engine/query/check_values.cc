#include "engine/query/check_values.h"

#include "engine/query/check_event.h"

namespace causal_gym {

namespace {

class ValueCheck {
 public:
  explicit ValueCheck(const Model& model) : model_(model) {}

  Status operator()(const NumberQuery&) const { return {}; }
  Status operator()(const NegatedQuery& negated) const {
    return std::visit(*this, negated.operand->node);
  }
  Status operator()(const ArithmeticQuery& pair) const {
    CAUSAL_GYM_CHECKED(std::visit(*this, pair.left->node));
    return std::visit(*this, pair.right->node);
  }
  Status operator()(const ProbabilityQuery& term) const {
    CAUSAL_GYM_CHECKED(events(term.events));
    CAUSAL_GYM_CHECKED(events(term.conditions));
    return assignments(term.interventions);
  }
  Status operator()(const ExpectationQuery& term) const {
    CAUSAL_GYM_CHECKED(assignments(term.outcome.world));
    CAUSAL_GYM_CHECKED(events(term.conditions));
    return assignments(term.interventions);
  }
  Status operator()(const EffectQuery& effect) const {
    if (effect.contrast) {
      CAUSAL_GYM_CHECKED(value(effect.treatment, effect.contrast->first));
      CAUSAL_GYM_CHECKED(value(effect.treatment, effect.contrast->second));
    }
    return assignments(effect.held);
  }

 private:
  [[nodiscard]] Status value(const std::string& variable, const std::string& state) const {
    const auto node = model_.graph().find(variable);
    if (!node) return {};
    CAUSAL_GYM_CHECKED(written_state(model_.variable(*node), state));
    return {};
  }
  [[nodiscard]] Status assignments(const std::vector<NamedAssignment>& all) const {
    for (const auto& one : all)
      if (one.value) CAUSAL_GYM_CHECKED(value(one.variable, *one.value));
    return {};
  }
  [[nodiscard]] Status events(const std::vector<Event>& all) const {
    for (const auto& [outcome, relation, values] : all) {
      CAUSAL_GYM_CHECKED(assignments(outcome.world));
      if (values.empty() || !model_.graph().find(outcome.variable)) continue;
      CAUSAL_GYM_CHECKED(resolve_event({{outcome.variable, {}}, relation, values}, model_));
    }
    return {};
  }

  const Model& model_;
};

}  // namespace

Status check_values(const Query& query, const Model& model) {
  return std::visit(ValueCheck(model), query.node);
}

}  // namespace causal_gym

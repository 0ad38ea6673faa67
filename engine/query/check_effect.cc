#include "engine/query/check_effect.h"

#include "engine/base/check.h"
#include "engine/query/check_event.h"
#include "engine/query/effect_names.h"

namespace causal_gym {

namespace {

// What every effect speaks of: b is contrasted with a.
struct Contrast {
  VariableId treatment = 0;
  State a = 0;
  State b = 1;
  VariableId outcome = 0;
};

std::vector<bool> only(const Model& model, VariableId v, State state) {
  std::vector<bool> allowed(model.state_count(v), false);
  allowed[static_cast<std::size_t>(state)] = true;
  return allowed;
}

CheckedEvent in_world(const Model& model, VariableId v, std::vector<SetIntervention> world) {
  return {v, std::move(world), std::vector<bool>(model.state_count(v), true), false};
}

CheckedEvent is(const Model& model, VariableId v, State state,
                std::vector<SetIntervention> world = {}) {
  return {v, std::move(world), only(model, v, state), false};
}

CheckedQuery difference(CheckedTerm of_b, CheckedTerm of_a) {
  return combine(Operator::subtract, CheckedQuery{std::move(of_b)}, CheckedQuery{std::move(of_a)});
}

std::vector<SetIntervention> sorted(std::vector<SetIntervention> world) {
  std::sort(world.begin(), world.end(),
            [](const auto& x, const auto& y) { return x.variable < y.variable; });
  return world;
}

tl::unexpected<Error> invalid(const EffectQuery& effect, const std::string& complaint,
                              std::string suggestion = {}) {
  return fail(ErrorCode::invalid_argument,
              std::string(effect_kind_name(effect.kind)) + ": " + complaint, {},
              std::move(suggestion));
}

Result<Contrast> resolve_contrast(const EffectQuery& effect, const Model& model) {
  Contrast contrast;
  CAUSAL_GYM_TRY(treatment, model.require(effect.treatment));
  CAUSAL_GYM_TRY(outcome, model.require(effect.outcome));
  contrast.treatment = treatment;
  contrast.outcome = outcome;
  if (treatment == outcome)
    return invalid(effect, "'" + effect.treatment + "' is both treatment and outcome");
  const auto& variable = model.variable(treatment);
  if (effect.contrast) {
    CAUSAL_GYM_TRY(a, written_state(variable, effect.contrast->first));
    CAUSAL_GYM_TRY(b, written_state(variable, effect.contrast->second));
    contrast.a = a;
    contrast.b = b;
    if (a == b) return invalid(effect, "the contrast names one state of the treatment twice");
    return contrast;
  }
  if (variable.states.size() != 2)
    return invalid(effect,
                   "the treatment '" + variable.name + "' has " +
                       std::to_string(variable.states.size()) + " states and needs a contrast",
                   "write " + std::string(effect_kind_name(effect.kind)) + "(" + variable.name +
                       ": a, b -> ...)");
  if (variable.type == VariableType::binary) {
    CAUSAL_GYM_TRY(b, true_state(variable));
    contrast.b = b;
    contrast.a = 1 - b;
  }
  return contrast;
}

// E[Y | do(X = x)], or E[Y[X = x] | X = taken].
CheckedTerm mean_under_do(const Model& model, const Contrast& c, State x,
                          const std::vector<SetIntervention>& held) {
  CheckedTerm term;
  auto interventions = held;
  interventions.push_back({c.treatment, x});
  term.interventions = sorted(std::move(interventions));
  term.expectation_of = in_world(model, c.outcome, {});
  return term;
}

CheckedTerm mean_among(const Model& model, const Contrast& c, State x, State taken) {
  CheckedTerm term;
  term.expectation_of = in_world(model, c.outcome, {{c.treatment, x}});
  term.conditions = {is(model, c.treatment, taken)};
  return term;
}

Result<CheckedQuery> total_effect(const Model& model, const Contrast& c) {
  return difference(mean_under_do(model, c, c.b, {}), mean_under_do(model, c, c.a, {}));
}

Result<CheckedQuery> effect_among(const Model& model, const Contrast& c, State taken) {
  return difference(mean_among(model, c, c.b, taken), mean_among(model, c, c.a, taken));
}

Result<CheckedQuery> controlled_effect(const EffectQuery& effect, const Model& model,
                                       const Contrast& c) {
  if (effect.held.empty()) return invalid(effect, "no variable is held", "write CDE(X -> Y; M=m)");
  CAUSAL_GYM_TRY(held, resolve_assignments(effect.held, model, "CDE"));
  for (const auto& one : held)
    if (one.variable == c.treatment || one.variable == c.outcome)
      return invalid(effect, "'" + model.variable(one.variable).name +
                                 "' is held, and is the treatment or the outcome");
  return difference(mean_under_do(model, c, c.b, held), mean_under_do(model, c, c.a, held));
}

Result<CheckedQuery> causation(const EffectQuery& effect, const Model& model, const Contrast& c) {
  const auto& outcome = model.variable(c.outcome);
  if (outcome.type != VariableType::binary)
    return invalid(effect, "the outcome '" + outcome.name + "' is not binary");
  CAUSAL_GYM_TRY(yes, true_state(outcome));
  const State no = 1 - yes;
  CheckedTerm term;
  const auto had_been = [&](State x, State y) {
    return is(model, c.outcome, y, {{c.treatment, x}});
  };
  if (effect.kind == EffectKind::PN) {
    term.events = {had_been(c.a, no)};
    term.conditions = {is(model, c.treatment, c.b), is(model, c.outcome, yes)};
  } else if (effect.kind == EffectKind::PS) {
    term.events = {had_been(c.b, yes)};
    term.conditions = {is(model, c.treatment, c.a), is(model, c.outcome, no)};
  } else {
    term.events = {had_been(c.b, yes), had_been(c.a, no)};
  }
  return CheckedQuery{std::move(term)};
}

Result<std::vector<VariableId>> resolve_mediators(const EffectQuery& effect, const Model& model,
                                                  const Contrast& c) {
  if (effect.mediators.empty())
    return invalid(effect, "no mediator is named", "write NDE(X -> M -> Y)");
  std::vector<VariableId> mediators;
  for (const auto& name : effect.mediators) {
    CAUSAL_GYM_TRY(m, model.require(name));
    if (m == c.treatment || m == c.outcome)
      return invalid(effect, "the mediator '" + name + "' is the treatment or the outcome");
    if (std::find(mediators.begin(), mediators.end(), m) != mediators.end())
      return invalid(effect, "the mediator '" + name + "' is named twice");
    mediators.push_back(m);
  }
  return mediators;
}

// E[Y[x, M = m] 1{M[mediator_x] = m}].
CheckedTerm nested_term(const Model& model, const Contrast& c,
                        const std::vector<VariableId>& mediators, const std::vector<State>& states,
                        State x, State mediator_x) {
  CheckedTerm term;
  std::vector<SetIntervention> world = {{c.treatment, x}};
  for (std::size_t i = 0; i < mediators.size(); ++i) {
    world.push_back({mediators[i], states[i]});
    term.events.push_back(is(model, mediators[i], states[i], {{c.treatment, mediator_x}}));
  }
  term.expectation_of = in_world(model, c.outcome, sorted(std::move(world)));
  return term;
}

// The next joint state, last fastest; false after the last one.
bool advance(const Model& model, const std::vector<VariableId>& variables,
             std::vector<State>& states) {
  for (std::size_t i = variables.size(); i-- > 0;) {
    if (static_cast<std::size_t>(++states[i]) < model.state_count(variables[i])) return true;
    states[i] = 0;
  }
  return false;
}

Result<CheckedQuery> natural_effect(const EffectQuery& effect, const Model& model,
                                    const Contrast& c, const Limits& limits) {
  CAUSAL_GYM_TRY(mediators, resolve_mediators(effect, model, c));
  std::size_t terms = 1;
  for (const auto m : mediators) {
    terms *= model.state_count(m);
    CAUSAL_GYM_CHECKED(check_limit("joint states of the mediators", terms, limits.query_terms));
  }
  const bool direct = effect.kind == EffectKind::NDE;
  const State x = direct ? c.b : c.a;
  const State mediator_x = direct ? c.a : c.b;
  std::vector<State> states(mediators.size(), 0);
  CheckedQuery total{nested_term(model, c, mediators, states, x, mediator_x)};
  while (advance(model, mediators, states))
    total = combine(Operator::add, std::move(total),
                    CheckedQuery{nested_term(model, c, mediators, states, x, mediator_x)});
  CheckedTerm baseline;
  baseline.expectation_of = in_world(model, c.outcome, {{c.treatment, c.a}});
  return combine(Operator::subtract, std::move(total), CheckedQuery{std::move(baseline)});
}

}  // namespace

CheckedQuery combine(Operator operation, CheckedQuery left, CheckedQuery right) {
  return {CheckedArithmetic{operation, std::make_shared<const CheckedQuery>(std::move(left)),
                            std::make_shared<const CheckedQuery>(std::move(right))}};
}

Result<CheckedQuery> expand_effect(const EffectQuery& effect, const Model& model,
                                   const Limits& limits) {
  CAUSAL_GYM_TRY(c, resolve_contrast(effect, model));
  if (!takes_mediators(effect.kind) && !effect.mediators.empty())
    return invalid(effect, "takes no mediator");
  if (!takes_held(effect.kind) && !effect.held.empty()) return invalid(effect, "holds no variable");
  const bool of_causation = effect.kind == EffectKind::PN || effect.kind == EffectKind::PS ||
                            effect.kind == EffectKind::PNS;
  if (!of_causation) CAUSAL_GYM_CHECKED(require_numbers(model.variable(c.outcome)));
  switch (effect.kind) {
    case EffectKind::ATE:
    case EffectKind::TE: return total_effect(model, c);
    case EffectKind::ATT: return effect_among(model, c, c.b);
    case EffectKind::ATU: return effect_among(model, c, c.a);
    case EffectKind::CDE: return controlled_effect(effect, model, c);
    case EffectKind::NDE:
    case EffectKind::NIE: return natural_effect(effect, model, c, limits);
    case EffectKind::PN:
    case EffectKind::PS:
    case EffectKind::PNS: return causation(effect, model, c);
  }
  CHECK(false);
}

}  // namespace causal_gym

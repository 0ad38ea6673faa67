#include "engine/ask.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/base/check.h"
#include "engine/counterfactual/twin_network.h"
#include "engine/graph/surgery.h"
#include "engine/graph/text.h"
#include "engine/identify/derive.h"
#include "engine/infer/elimination.h"
#include "engine/infer/intervene.h"
#include "engine/infer/sum_out.h"
#include "engine/query/check.h"

namespace causal_gym {
namespace {

constexpr double rounding = 1e-12;  // by which sums of probabilities may go past one
// Below this, relative to the numbers they come from, differences are rounding and nothing else.
constexpr double no_difference = 8 * std::numeric_limits<double>::epsilon();

// do() in the query comes after the regime and wins.
Regime without(const Regime& regime, const std::vector<SetIntervention>& interventions) {
  Regime result;
  for (const auto& one : regime) {
    const bool overridden = std::any_of(
        interventions.begin(), interventions.end(),
        [&](const SetIntervention& set) { return set.variable == intervened_variable(one); });
    if (!overridden) result.push_back(one);
  }
  return result;
}

struct SplitEvents {
  std::vector<VariableId> asked;   // every state of these
  std::vector<Evidence> evidence;  // what the others say
};

SplitEvents split(const std::vector<CheckedEvent>& events) {
  SplitEvents result;
  for (const auto& event : events) {
    if (event.each_state)
      result.asked.push_back(event.variable);
    else
      result.evidence.push_back({event.variable, event.allowed});
  }
  return result;
}

// Terms and arithmetic of one query over one model.
class Evaluation {
 public:
  Evaluation(const Model& model, const Regime& regime, const InferenceOptions& options)
      : model_(model), regime_(regime), options_(options) {}

  [[nodiscard]] Result<double> number(const CheckedQuery& query) {
    if (const auto* value = std::get_if<double>(&query.node)) return *value;
    if (const auto* asked = std::get_if<CheckedTerm>(&query.node)) {
      CAUSAL_GYM_TRY(value, term(*asked));
      CHECK(value.values.size() == 1);
      return value.values[0];
    }
    return arithmetic(std::get<CheckedArithmetic>(query.node));
  }

  // One number, or one for each joint state of what the term asks every state of.
  [[nodiscard]] Result<Factor> term(const CheckedTerm& asked) {
    CAUSAL_GYM_TRY(model, model_under(asked.interventions));
    CAUSAL_GYM_TRY(result, asked.counterfactual() ? in_worlds(model, asked) : seen(model, asked));
    for (double& value : result.values)
      if (!asked.expectation_of && value > 1 - no_difference && value < 1 + rounding) value = 1;
    return result;
  }

 private:
  [[nodiscard]] Result<double> arithmetic(const CheckedArithmetic& tree) {
    CAUSAL_GYM_TRY(left, number(*tree.left));
    CAUSAL_GYM_TRY(right, number(*tree.right));
    double value = 0;
    switch (tree.operation) {
      case Operator::add: value = left + right; break;
      case Operator::subtract:
        value = left - right;
        if (std::abs(value) <= no_difference * std::max(std::abs(left), std::abs(right))) value = 0;
        break;
      case Operator::multiply: value = left * right; break;
      case Operator::divide:
        if (right == 0)
          return fail(ErrorCode::zero_probability, "the query divides by a number that is zero");
        value = left / right;
    }
    if (!std::isfinite(value))
      return fail(ErrorCode::invalid_argument, "the query's value is too large for a number");
    return value;
  }

  // Terms of one effect often share their interventions: the last model is kept.
  [[nodiscard]] Result<Model> model_under(const std::vector<SetIntervention>& interventions) {
    if (last_ && last_interventions_ == interventions) return *last_;
    auto regime = without(regime_, interventions);
    regime.insert(regime.end(), interventions.begin(), interventions.end());
    CAUSAL_GYM_TRY(model, intervene(model_, regime, options_));
    last_interventions_ = interventions;
    last_ = model;
    return model;
  }

  [[nodiscard]] Result<Factor> in_worlds(const Model& model, const CheckedTerm& asked) const {
    CheckedTerm term = asked;
    term.interventions.clear();  // the model has them
    return evaluate_counterfactual(model, term, options_);
  }

  [[nodiscard]] Result<Factor> seen(const Model& model, const CheckedTerm& asked) const {
    const auto events = split(asked.events);
    const auto conditions = split(asked.conditions);
    std::vector<VariableId> targets;
    if (asked.expectation_of) targets.push_back(asked.expectation_of->variable);
    targets.insert(targets.end(), events.asked.begin(), events.asked.end());
    targets.insert(targets.end(), conditions.asked.begin(), conditions.asked.end());
    CAUSAL_GYM_TRY(
        mass, conditional_mass(model, targets, events.evidence, conditions.evidence, options_));
    if (!conditions.asked.empty()) {
      CAUSAL_GYM_TRY(given,
                     conditional_mass(model, conditions.asked, {}, conditions.evidence, options_));
      CAUSAL_GYM_TRY(quotient, ratio({std::move(mass), 0}, {std::move(given), 0}));
      mass = std::move(quotient);
    }
    if (!asked.expectation_of) return mass;
    return mean_over_first(mass, model.variable(asked.expectation_of->variable).numbers);
  }

  const Model& model_;
  const Regime& regime_;
  const InferenceOptions& options_;
  std::optional<Model> last_;
  std::vector<SetIntervention> last_interventions_;
};

// "y", or "y[x=1]" when it is asked in another world.
std::string axis_name(const Model& model, const CheckedEvent& event) {
  const auto& name = model.variable(event.variable).name;
  if (event.world.empty()) return name;
  std::string world;
  for (const auto& [variable, state] : event.world) {
    if (!world.empty()) world += ", ";
    const auto& set = model.variable(variable);
    world += quoted_name(set.name) + "=" + quoted_name(set.states[state]);
  }
  return quoted_name(name) + "[" + world + "]";
}

Distribution distribution(const Model& model, const CheckedTerm& term, Factor factor) {
  Distribution result;
  for (const auto* events : {&term.events, &term.conditions})
    for (const auto& event : *events) {
      if (!event.each_state) continue;
      result.variables.push_back(axis_name(model, event));
      result.states.push_back(model.variable(event.variable).states);
    }
  result.probabilities = std::move(factor.values);
  return result;
}

void causal_terms(const CheckedQuery& query, std::vector<const CheckedTerm*>& terms) {
  if (const auto* term = std::get_if<CheckedTerm>(&query.node)) {
    if (term->causal()) terms.push_back(term);
  } else if (const auto* tree = std::get_if<CheckedArithmetic>(&query.node)) {
    causal_terms(*tree->left, terms);
    causal_terms(*tree->right, terms);
  }
}

// Variables that do() and conditions fix are not part of the outcome.
EffectTarget target_of(const CheckedTerm& term) {
  EffectTarget target;
  for (const auto& set : term.interventions) target.treatment.insert(set.variable);
  for (const auto& condition : term.conditions) target.given.insert(condition.variable);
  target.given -= target.treatment;
  if (term.expectation_of) target.outcome.insert(term.expectation_of->variable);
  for (const auto& event : term.events) target.outcome.insert(event.variable);
  target.outcome -= target.treatment | target.given;
  return target;
}

// A variable that stands twice has values that may clash: its target alone does not say it all.
bool repeats_a_variable(const CheckedTerm& term) {
  NodeSet named;
  for (const auto* events : {&term.events, &term.conditions})
    for (const auto& event : *events) named.insert(event.variable);
  return named.size() != term.events.size() + term.conditions.size();
}

bool same_target(const EffectTarget& a, const EffectTarget& b) {
  return a.treatment == b.treatment && a.outcome == b.outcome && a.given == b.given;
}

// Adds how the query is identified, if it is of the kind that is, and the proof.
Status add_identification(const Model& model, const Regime& regime, const CheckedQuery& query,
                          const CancellationToken& cancellation, Answer& answer) {
  std::vector<const CheckedTerm*> terms;
  causal_terms(query, terms);
  if (terms.empty()) return {};
  const auto target = target_of(*terms[0]);
  for (const auto* term : terms)
    if (term->counterfactual() || repeats_a_variable(*term) ||
        !same_target(target_of(*term), target))
      return {};
  const auto named = target.treatment | target.outcome | target.given;
  if (target.outcome.empty() || named.intersects(model.graph().latent_nodes())) return {};
  NodeSet changed;
  for (const auto& one : without(regime, terms[0]->interventions))
    changed.insert(intervened_variable(one));
  const auto graph = cut_incoming(model.graph(), changed);
  CAUSAL_GYM_TRY(found, identify_effect(graph, target, cancellation));
  if (found.verdict == Verdict::identifiable) {
    auto derivation = derive(graph, target, found, {}, cancellation);
    if (derivation) answer.derivation = *std::move(derivation);
  }
  answer.identification = std::move(found);
  return {};
}

}  // namespace

Result<Answer> ask(const Model& model, const Regime& regime, const Query& query,
                   const AskOptions& options) {
  CAUSAL_GYM_CHECKED(check_regime(model, regime));
  CAUSAL_GYM_TRY(checked, check_query(query, model, options.inference.limits));
  Evaluation evaluation(model, regime, options.inference);
  Answer answer;
  const auto* term = std::get_if<CheckedTerm>(&checked.node);
  if (term != nullptr && term->table()) {
    CAUSAL_GYM_TRY(table, evaluation.term(*term));
    answer.value = distribution(model, *term, std::move(table));
  } else {
    CAUSAL_GYM_TRY(value, evaluation.number(checked));
    answer.value = value;
  }
  if (options.identification)
    CAUSAL_GYM_CHECKED(
        add_identification(model, regime, checked, options.inference.cancellation, answer));
  return answer;
}

Result<double> ask_value(const Model& model, const Regime& regime, const Query& query,
                         const InferenceOptions& options) {
  CAUSAL_GYM_TRY(answer, ask(model, regime, query, {options, false}));
  if (const auto* value = std::get_if<double>(&answer.value)) return *value;
  if (std::holds_alternative<Interval>(answer.value))
    return fail(ErrorCode::not_determined, "only an interval is known, not a number");
  return fail(ErrorCode::invalid_argument, "the query asks for a table, not for one number", {},
              "give each variable a value");
}

}  // namespace causal_gym

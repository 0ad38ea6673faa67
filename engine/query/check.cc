#include "engine/query/check.h"

#include <cmath>

#include "engine/query/check_effect.h"
#include "engine/query/check_event.h"

namespace causal_gym {

namespace {

template <class Predicate>
bool any_event(const CheckedTerm& term, Predicate predicate) {
  return std::any_of(term.events.begin(), term.events.end(), predicate) ||
         std::any_of(term.conditions.begin(), term.conditions.end(), predicate);
}

class Checker {
 public:
  Checker(const Model& model, const Limits& limits) : model_(model), limits_(limits) {}

  Result<CheckedQuery> check(const Query& query) {
    return std::visit([this](const auto& node) { return this->node(node); }, query.node);
  }

 private:
  Result<CheckedQuery> node(const NumberQuery& number) {
    if (!std::isfinite(number.value))
      return fail(ErrorCode::invalid_argument, "a number of the query is not finite");
    return CheckedQuery{number.value};
  }

  Result<CheckedQuery> node(const NegatedQuery& negated) {
    CAUSAL_GYM_TRY(operand, check(*negated.operand));
    CAUSAL_GYM_CHECKED(require_number(operand));
    return combine(Operator::subtract, CheckedQuery{0.0}, std::move(operand));
  }

  Result<CheckedQuery> node(const ArithmeticQuery& arithmetic) {
    CAUSAL_GYM_TRY(left, check(*arithmetic.left));
    CAUSAL_GYM_CHECKED(require_number(left));
    CAUSAL_GYM_TRY(right, check(*arithmetic.right));
    CAUSAL_GYM_CHECKED(require_number(right));
    return combine(arithmetic.operation, std::move(left), std::move(right));
  }

  Result<CheckedQuery> node(const ProbabilityQuery& written) {
    CAUSAL_GYM_CHECKED(count_term());
    CheckedTerm term;
    if (written.events.empty()) return fail(ErrorCode::invalid_argument, "P() asks for no event");
    CAUSAL_GYM_CHECKED(resolve(written.events, term.events));
    CAUSAL_GYM_CHECKED(given(written.conditions, written.interventions, term));
    CAUSAL_GYM_CHECKED(check_table(term));
    return CheckedQuery{std::move(term)};
  }

  Result<CheckedQuery> node(const ExpectationQuery& written) {
    CAUSAL_GYM_CHECKED(count_term());
    CheckedTerm term;
    CAUSAL_GYM_TRY(outcome, resolve_outcome(written.outcome, model_));
    CAUSAL_GYM_CHECKED(require_numbers(model_.variable(outcome.variable)));
    term.expectation_of = std::move(outcome);
    CAUSAL_GYM_CHECKED(given(written.conditions, written.interventions, term));
    for (const auto& condition : term.conditions)
      if (condition.each_state)
        return fail(ErrorCode::invalid_argument, "E[...] answers one number; give '" +
                                                     model_.variable(condition.variable).name +
                                                     "' a value");
    return CheckedQuery{std::move(term)};
  }

  Result<CheckedQuery> node(const EffectQuery& effect) {
    CAUSAL_GYM_CHECKED(count_term());
    return expand_effect(effect, model_, limits_);
  }

  Status count_term() { return check_limit("terms of the query", ++terms_, limits_.query_terms); }

  Status resolve(const std::vector<Event>& written, std::vector<CheckedEvent>& events) {
    for (const auto& one : written) {
      CAUSAL_GYM_TRY(event, resolve_event(one, model_));
      events.push_back(std::move(event));
    }
    return {};
  }

  Status given(const std::vector<Event>& conditions,
               const std::vector<NamedAssignment>& interventions, CheckedTerm& term) {
    CAUSAL_GYM_CHECKED(resolve(conditions, term.conditions));
    CAUSAL_GYM_TRY(resolved, resolve_assignments(interventions, model_, "do(...)"));
    term.interventions = std::move(resolved);
    if (!term.interventions.empty() && term.counterfactual())
      return fail(ErrorCode::invalid_argument, "do(...) and Y[...] may not be mixed in one term");
    return {};
  }

  // A table names each variable once, and its rows are bounded.
  Status check_table(const CheckedTerm& term) {
    std::vector<const CheckedEvent*> asked;
    std::size_t rows = 1;
    for (const auto* events : {&term.events, &term.conditions})
      for (const auto& event : *events) {
        if (!event.each_state) continue;
        for (const auto* other : asked)
          if (other->variable == event.variable && other->world == event.world)
            return fail(
                ErrorCode::invalid_argument,
                "every state of '" + model_.variable(event.variable).name + "' is asked for twice");
        asked.push_back(&event);
        rows *= model_.state_count(event.variable);
        CAUSAL_GYM_CHECKED(check_limit("rows of the answer", rows, limits_.answer_rows));
      }
    return {};
  }

  Status require_number(const CheckedQuery& operand) {
    const auto* term = std::get_if<CheckedTerm>(&operand.node);
    if (term == nullptr || !term->table()) return {};
    return fail(ErrorCode::invalid_argument, "a table cannot stand in arithmetic", {},
                "give each variable of the term a value");
  }

  const Model& model_;
  const Limits& limits_;
  std::size_t terms_ = 0;
};

}  // namespace

bool CheckedTerm::counterfactual() const {
  return (expectation_of && !expectation_of->world.empty()) ||
         any_event(*this, [](const CheckedEvent& event) { return !event.world.empty(); });
}

bool CheckedTerm::causal() const { return !interventions.empty() || counterfactual(); }

bool CheckedTerm::table() const {
  return any_event(*this, [](const CheckedEvent& event) { return event.each_state; });
}

Result<CheckedQuery> check_query(const Query& query, const Model& model, const Limits& limits) {
  return Checker(model, limits).check(query);
}

bool is_causal(const CheckedQuery& query) {
  if (const auto* term = std::get_if<CheckedTerm>(&query.node)) return term->causal();
  const auto* arithmetic = std::get_if<CheckedArithmetic>(&query.node);
  return arithmetic != nullptr && (is_causal(*arithmetic->left) || is_causal(*arithmetic->right));
}

}  // namespace causal_gym

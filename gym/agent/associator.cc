#include "gym/agent/associator.h"

#include "engine/infer/elimination.h"

namespace causal_gym {

namespace {

// P(variable | one condition), or its marginal; the condition is an event on one variable.
Result<std::vector<double>> pairwise(const Model& model, VariableId variable,
                                     const CheckedEvent* condition) {
  std::vector<Evidence> evidence;
  if (condition != nullptr) evidence.push_back({condition->variable, condition->allowed});
  const VariableId targets[] = {variable};
  CAUSAL_GYM_TRY(factor, posterior(model, targets, evidence));
  return std::move(factor.values);
}

// The belief about one variable given all conditions, as naive Bayes combines them.
Result<std::vector<double>> combined(const Model& model, VariableId variable,
                                     const std::vector<CheckedEvent>& conditions) {
  CAUSAL_GYM_TRY(marginal, pairwise(model, variable, nullptr));
  auto belief = marginal;
  for (const auto& condition : conditions) {
    CAUSAL_GYM_TRY(given, pairwise(model, variable, &condition));
    for (std::size_t s = 0; s < belief.size(); ++s)
      belief[s] = marginal[s] > 0 ? belief[s] * given[s] / marginal[s] : 0;
  }
  double total = 0;
  for (const double weight : belief) total += weight;
  if (!(total > 0))
    return fail(ErrorCode::zero_probability, "the pieces of evidence exclude each other");
  for (double& weight : belief) weight /= total;
  return belief;
}

Result<double> associate_term(const Model& model, const CheckedTerm& term) {
  if (term.causal() || term.table())
    return fail(ErrorCode::invalid_argument, "only seeing queries for one number are associated");
  double value = 1;
  for (const auto& event : term.events) {
    CAUSAL_GYM_TRY(belief, combined(model, event.variable, term.conditions));
    double probability = 0;
    for (std::size_t s = 0; s < belief.size(); ++s) probability += event.allowed[s] ? belief[s] : 0;
    value *= probability;
  }
  if (!term.expectation_of) return value;
  const auto outcome = term.expectation_of->variable;
  CAUSAL_GYM_TRY(belief, combined(model, outcome, term.conditions));
  double mean = 0;
  for (std::size_t s = 0; s < belief.size(); ++s)
    mean += belief[s] * model.variable(outcome).numbers[s];
  return value * mean;
}

Result<double> combine(Operator operation, double left, double right) {
  switch (operation) {
    case Operator::add: return left + right;
    case Operator::subtract: return left - right;
    case Operator::multiply: return left * right;
    case Operator::divide: break;
  }
  if (right == 0) return fail(ErrorCode::zero_probability, "a divisor is zero");
  return left / right;
}

}  // namespace

Result<double> associate(const Model& model, const CheckedQuery& query) {
  if (const auto* number = std::get_if<double>(&query.node)) return *number;
  if (const auto* term = std::get_if<CheckedTerm>(&query.node)) return associate_term(model, *term);
  const auto& arithmetic = std::get<CheckedArithmetic>(query.node);
  CAUSAL_GYM_TRY(left, associate(model, *arithmetic.left));
  CAUSAL_GYM_TRY(right, associate(model, *arithmetic.right));
  return combine(arithmetic.operation, left, right);
}

}  // namespace causal_gym

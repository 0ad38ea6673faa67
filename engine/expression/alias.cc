#include "engine/expression/alias.h"

#include <algorithm>
#include <set>

namespace causal_gym {
namespace {

// Every variable that stands in the expression, those that sums bind included.
class Mentions {
 public:
  void visit(const ExpressionPtr& expression) {
    if (!met_.insert(expression.get()).second) return;
    std::visit([this](const auto& term) { add(term); }, expression->term());
  }
  [[nodiscard]] const std::set<ExpressionVariable>& variables() const { return variables_; }

 private:
  void add(const OneTerm&) {}
  void add(const ProbabilityTerm& term) {
    for (const auto* part : {&term.variables, &term.given, &term.intervened})
      variables_.insert(part->begin(), part->end());
  }
  void add(const SumTerm& term) {
    variables_.insert(term.over.begin(), term.over.end());
    visit(term.expression);
  }
  void add(const ProductTerm& term) {
    for (const auto& factor : term.factors) visit(factor);
  }
  void add(const FractionTerm& term) {
    visit(term.numerator);
    visit(term.denominator);
  }

  std::set<const Expression*> met_;
  std::set<ExpressionVariable> variables_;
};

}  // namespace

std::vector<VariableAlias> aliases_in(const ExpressionPtr& expression,
                                      std::span<const ExpressionVariable> bases) {
  Mentions mentions;
  mentions.visit(expression);
  std::vector<VariableAlias> result;
  for (const auto v : mentions.variables())
    if (const auto base = bases[static_cast<std::size_t>(v)]; base != v)
      result.push_back({v, base});
  return result;
}

Result<JointDistribution> with_aliases(JointDistribution joint,
                                       std::span<const VariableAlias> aliases,
                                       const Limits& limits) {
  for (const auto& [alias, base] : aliases) {
    const auto found = std::find(joint.variables.begin(), joint.variables.end(), base);
    if (found == joint.variables.end())
      return fail(ErrorCode::unknown_name,
                  "variable " + std::to_string(base) + " is not in the joint distribution");
    const auto position = static_cast<std::size_t>(found - joint.variables.begin());
    const auto states = joint.cardinalities[position];
    std::size_t stride = 1;
    for (std::size_t i = position + 1; i < joint.cardinalities.size(); ++i)
      stride *= joint.cardinalities[i];
    CAUSAL_GYM_CHECKED(check_limit("cells of a joint distribution with aliases",
                                   joint.probabilities.size() * states, limits.factor_cells));
    std::vector<double> cells(joint.probabilities.size() * states, 0);
    for (std::size_t i = 0; i < joint.probabilities.size(); ++i)
      cells[i * states + i / stride % states] = joint.probabilities[i];
    joint.variables.push_back(alias);
    joint.cardinalities.push_back(states);
    joint.probabilities = std::move(cells);
  }
  return joint;
}

}  // namespace causal_gym

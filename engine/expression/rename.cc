#include "engine/expression/rename.h"

#include <algorithm>

#include "engine/base/check.h"

namespace causal_gym {
namespace {

// One renaming in force: sums that hide some of it are walked with a smaller one.
class Renamer {
 public:
  explicit Renamer(const Renaming& to) : to_(to) {}

  ExpressionPtr run(const ExpressionPtr& expression) {
    if (to_.empty()) return expression;
    if (const auto found = done_.find(expression.get()); found != done_.end()) return found->second;
    auto result =
        std::visit([&](const auto& term) { return rename(term, expression); }, expression->term());
    return done_[expression.get()] = std::move(result);
  }

 private:
  using Variables = std::vector<ExpressionVariable>;

  [[nodiscard]] Variables renamed(Variables variables) const {
    for (auto& v : variables)
      if (const auto found = to_.find(v); found != to_.end()) v = found->second;
    return variables;
  }

  static ExpressionPtr rename(const OneTerm&, const ExpressionPtr& expression) {
    return expression;
  }
  ExpressionPtr rename(const ProbabilityTerm& term, const ExpressionPtr&) {
    return probability(renamed(term.variables), renamed(term.given), renamed(term.intervened),
                       term.population);
  }
  ExpressionPtr rename(const ProductTerm& term, const ExpressionPtr&) {
    std::vector<ExpressionPtr> factors;
    factors.reserve(term.factors.size());
    for (const auto& factor : term.factors) factors.push_back(run(factor));
    return product(std::move(factors));
  }
  ExpressionPtr rename(const FractionTerm& term, const ExpressionPtr&) {
    return fraction(run(term.numerator), run(term.denominator));
  }
  ExpressionPtr rename(const SumTerm& term, const ExpressionPtr&) {
    const auto inside = free_variables(term.expression);
    Renaming left;
    for (const auto& [from, name] : to_) {
      if (std::binary_search(term.over.begin(), term.over.end(), from)) continue;
      if (!std::binary_search(inside.begin(), inside.end(), from)) continue;
      CHECK(!std::binary_search(term.over.begin(), term.over.end(), name));
      left.emplace(from, name);
    }
    return sum(term.over, left == to_ ? run(term.expression) : Renamer(left).run(term.expression));
  }

  const Renaming& to_;
  std::map<const Expression*, ExpressionPtr> done_;
};

}  // namespace

ExpressionPtr rename_free(const ExpressionPtr& expression, const Renaming& to) {
  Renaming changes;
  for (const auto& [from, name] : to)
    if (from != name) changes.emplace(from, name);
  return Renamer(changes).run(expression);
}

}  // namespace causal_gym

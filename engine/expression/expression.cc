#include "engine/expression/expression.h"

#include <algorithm>
#include <set>

#include "engine/base/check.h"

namespace causal_gym {
namespace {

using Variables = std::vector<ExpressionVariable>;

Variables sorted_unique(Variables variables) {
  std::sort(variables.begin(), variables.end());
  variables.erase(std::unique(variables.begin(), variables.end()), variables.end());
  return variables;
}

bool disjoint(const Variables& a, const Variables& b) {
  return std::none_of(a.begin(), a.end(), [&](ExpressionVariable v) {
    return std::binary_search(b.begin(), b.end(), v);
  });
}

ExpressionPtr make(Expression::Term term) {
  return std::make_shared<const Expression>(std::move(term));
}

bool is_one(const ExpressionPtr& expression) {
  return std::holds_alternative<OneTerm>(expression->term());
}

bool equal_terms(const ProbabilityTerm& a, const ProbabilityTerm& b) { return a == b; }
bool equal_terms(const SumTerm& a, const SumTerm& b) {
  return a.over == b.over && equal(a.expression, b.expression);
}
bool equal_terms(const ProductTerm& a, const ProductTerm& b) {
  return std::equal(a.factors.begin(), a.factors.end(), b.factors.begin(), b.factors.end(), equal);
}
bool equal_terms(const FractionTerm& a, const FractionTerm& b) {
  return equal(a.numerator, b.numerator) && equal(a.denominator, b.denominator);
}
bool equal_terms(const OneTerm&, const OneTerm&) { return true; }

// Adds what occurs free below an expression; `bound` counts the sums in force over each variable.
class FreeVariables {
 public:
  void visit(const ExpressionPtr& expression) {
    std::visit([this](const auto& term) { collect(term); }, expression->term());
  }
  [[nodiscard]] Variables take() const { return {free_.begin(), free_.end()}; }

 private:
  void collect(const ProbabilityTerm& term) {
    for (const auto* part : {&term.variables, &term.given, &term.intervened})
      for (const auto v : *part)
        if (!bound_.contains(v)) free_.insert(v);
  }
  void collect(const SumTerm& term) {
    bound_.insert(term.over.begin(), term.over.end());
    visit(term.expression);
    for (const auto v : term.over) bound_.erase(bound_.find(v));
  }
  void collect(const ProductTerm& term) {
    for (const auto& factor : term.factors) visit(factor);
  }
  void collect(const FractionTerm& term) {
    visit(term.numerator);
    visit(term.denominator);
  }
  void collect(const OneTerm&) {}

  std::set<ExpressionVariable> free_;
  std::multiset<ExpressionVariable> bound_;
};

}  // namespace

ExpressionPtr one() { return make(OneTerm{}); }

ExpressionPtr probability(Variables variables, Variables given, Variables intervened) {
  if (variables.empty()) return one();
  ProbabilityTerm term{sorted_unique(std::move(variables)), sorted_unique(std::move(given)),
                       sorted_unique(std::move(intervened))};
  CHECK(disjoint(term.variables, term.given));
  CHECK(disjoint(term.variables, term.intervened));
  CHECK(disjoint(term.given, term.intervened));
  return make(std::move(term));
}

ExpressionPtr sum(Variables over, ExpressionPtr expression) {
  if (over.empty()) return expression;
  return make(SumTerm{sorted_unique(std::move(over)), std::move(expression)});
}

ExpressionPtr product(std::vector<ExpressionPtr> factors) {
  std::erase_if(factors, is_one);
  if (factors.empty()) return one();
  if (factors.size() == 1) return std::move(factors.front());
  return make(ProductTerm{std::move(factors)});
}

ExpressionPtr fraction(ExpressionPtr numerator, ExpressionPtr denominator) {
  if (is_one(denominator)) return numerator;
  return make(FractionTerm{std::move(numerator), std::move(denominator)});
}

bool equal(const ExpressionPtr& a, const ExpressionPtr& b) {
  if (a == b) return true;
  return std::visit(
      [](const auto& x, const auto& y) {
        if constexpr (std::is_same_v<decltype(x), decltype(y)>) return equal_terms(x, y);
        return false;
      },
      a->term(), b->term());
}

std::vector<ExpressionVariable> free_variables(const ExpressionPtr& expression) {
  FreeVariables search;
  search.visit(expression);
  return search.take();
}

}  // namespace causal_gym

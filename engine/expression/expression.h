// Symbolic probability expressions: what an estimand is made of.
//
// An immutable tree with shared parts. Variables are node ids of the graph the expression speaks
// of; a Sum binds its variables in its own expression only (lexical scope: an inner Sum over the
// same variable hides the outer one).
#pragma once

#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace causal_gym {

class Expression;
using ExpressionPtr = std::shared_ptr<const Expression>;
using ExpressionVariable = std::int32_t;  // a NodeId; expressions know no graphs

struct ProbabilityTerm {  // P(variables | do(intervened), given); the sets are disjoint and sorted
  std::vector<ExpressionVariable> variables;
  std::vector<ExpressionVariable> given;
  std::vector<ExpressionVariable> intervened;
  friend bool operator==(const ProbabilityTerm&, const ProbabilityTerm&) = default;
};
struct SumTerm {
  std::vector<ExpressionVariable> over;  // sorted, not empty
  ExpressionPtr expression;
};
struct ProductTerm {
  std::vector<ExpressionPtr> factors;  // at least two
};
struct FractionTerm {
  ExpressionPtr numerator;
  ExpressionPtr denominator;
};
struct OneTerm {};

class Expression {
 public:
  using Term = std::variant<ProbabilityTerm, SumTerm, ProductTerm, FractionTerm, OneTerm>;
  explicit Expression(Term term) : term_(std::move(term)) {}
  [[nodiscard]] const Term& term() const { return term_; }

 private:
  Term term_;
};

// Builders. They sort what they are given and drop what says nothing: a sum over nothing, a product
// of one, factors One, a denominator One, P() of no variables. The parts of a P must be disjoint.
[[nodiscard]] ExpressionPtr one();
[[nodiscard]] ExpressionPtr probability(std::vector<ExpressionVariable> variables,
                                        std::vector<ExpressionVariable> given = {},
                                        std::vector<ExpressionVariable> intervened = {});
[[nodiscard]] ExpressionPtr sum(std::vector<ExpressionVariable> over, ExpressionPtr expression);
[[nodiscard]] ExpressionPtr product(std::vector<ExpressionPtr> factors);
[[nodiscard]] ExpressionPtr fraction(ExpressionPtr numerator, ExpressionPtr denominator);

// Same tree, node for node.
[[nodiscard]] bool equal(const ExpressionPtr& a, const ExpressionPtr& b);
// Variables that occur outside the sums that bind them; sorted.
[[nodiscard]] std::vector<ExpressionVariable> free_variables(const ExpressionPtr& expression);

}  // namespace causal_gym

// Symbolic probability expressions: what an estimand is made of.
//
// An immutable tree whose parts may be shared: a formula that a tree would repeat exponentially
// often stays as small as the steps that made it. Variables are node ids of the graph the
// expression speaks of; a Sum binds its variables in its own expression only (lexical scope: an
// inner Sum over the same variable hides the outer one).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace causal_gym {

class Expression;
using ExpressionPtr = std::shared_ptr<const Expression>;
using ExpressionVariable = std::int32_t;  // a NodeId; expressions know no graphs

// P(variables | do(intervened), given) in a population; the sets are disjoint and sorted.
struct ProbabilityTerm {
  std::vector<ExpressionVariable> variables;
  std::vector<ExpressionVariable> given;
  std::vector<ExpressionVariable> intervened;
  std::int32_t population = 0;  // 0: the one asked about; others are numbered by who builds them
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
  explicit Expression(Term term);
  [[nodiscard]] const Term& term() const { return term_; }
  // Variables that occur outside the sums that bind them; sorted.
  [[nodiscard]] const std::vector<ExpressionVariable>& free() const { return free_; }
  // Equal trees have equal hashes.
  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  // Terms of the tree written out and the variables in them, shared parts as often as they stand
  // in it; 2^62 for more.
  [[nodiscard]] std::uint64_t written_size() const { return written_size_; }

 private:
  Term term_;
  std::uint64_t hash_ = 0;
  std::uint64_t written_size_ = 1;
  std::vector<ExpressionVariable> free_;
};

// Builders. They sort what they are given and drop what says nothing: a sum over nothing, a product
// of one, factors One, a denominator One, P() of no variables. The parts of a P must be disjoint.
[[nodiscard]] ExpressionPtr one();
[[nodiscard]] ExpressionPtr probability(std::vector<ExpressionVariable> variables,
                                        std::vector<ExpressionVariable> given = {},
                                        std::vector<ExpressionVariable> intervened = {},
                                        std::int32_t population = 0);
[[nodiscard]] ExpressionPtr sum(std::vector<ExpressionVariable> over, ExpressionPtr expression);
[[nodiscard]] ExpressionPtr product(std::vector<ExpressionPtr> factors);
[[nodiscard]] ExpressionPtr fraction(ExpressionPtr numerator, ExpressionPtr denominator);

// Same tree, node for node. Different hashes decide at once.
[[nodiscard]] bool equal(const ExpressionPtr& a, const ExpressionPtr& b);
// The same tree with equal parts shared (hash-consing), so that each is stored, and by walks that
// remember what they have met visited, once. Expected O(parts).
[[nodiscard]] ExpressionPtr share_equal_parts(const ExpressionPtr& expression);
// Parts that are stored, each counted once.
[[nodiscard]] std::size_t stored_size(const ExpressionPtr& expression);
// expression->free(), as a copy.
[[nodiscard]] std::vector<ExpressionVariable> free_variables(const ExpressionPtr& expression);

}  // namespace causal_gym

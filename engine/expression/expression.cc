#include "engine/expression/expression.h"

#include <algorithm>
#include <unordered_map>

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

constexpr std::uint64_t most_written = std::uint64_t{1} << 62;

std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) {  // splitmix64's finaliser
  hash += value + 0x9e3779b97f4a7c15U;
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9U;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebU;
  return hash ^ (hash >> 31);
}

struct Measures {
  std::uint64_t hash = 0;
  std::uint64_t written_size = 1;
};

void add(Measures& measures, const Variables& variables) {
  measures.hash = mixed(measures.hash, variables.size());
  measures.written_size += variables.size();
  for (const auto v : variables)
    measures.hash = mixed(measures.hash, static_cast<std::uint64_t>(v));
}
void add(Measures& measures, const ExpressionPtr& part) {
  measures.hash = mixed(measures.hash, part->hash());
  measures.written_size = std::min(most_written, measures.written_size + part->written_size());
}

Measures measure(const ProbabilityTerm& term) {
  Measures measures{mixed(1, static_cast<std::uint64_t>(term.population)), 1};
  for (const auto* part : {&term.variables, &term.given, &term.intervened}) add(measures, *part);
  return measures;
}
Measures measure(const SumTerm& term) {
  Measures measures{2, 1};
  add(measures, term.over);
  add(measures, term.expression);
  return measures;
}
Measures measure(const ProductTerm& term) {
  Measures measures{3, 1};
  for (const auto& factor : term.factors) add(measures, factor);
  return measures;
}
Measures measure(const FractionTerm& term) {
  Measures measures{4, 1};
  add(measures, term.numerator);
  add(measures, term.denominator);
  return measures;
}
Measures measure(const OneTerm&) { return {5, 1}; }

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

Variables united(const Variables& a, const Variables& b) {
  if (a.empty()) return b;
  Variables result;
  result.reserve(a.size() + b.size());
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(result));
  return result;
}

Variables free_in(const ProbabilityTerm& term) {
  return united(united(term.variables, term.given), term.intervened);
}
Variables free_in(const SumTerm& term) {
  Variables result;
  const auto& inside = term.expression->free();
  std::set_difference(inside.begin(), inside.end(), term.over.begin(), term.over.end(),
                      std::back_inserter(result));
  return result;
}
Variables free_in(const ProductTerm& term) {
  Variables result;
  for (const auto& factor : term.factors) result = united(result, factor->free());
  return result;
}
Variables free_in(const FractionTerm& term) {
  return united(term.numerator->free(), term.denominator->free());
}
Variables free_in(const OneTerm&) { return {}; }

// Rebuilds an expression from the bottom, each part that equals an earlier one replaced by it.
class Sharing {
 public:
  ExpressionPtr share(const ExpressionPtr& expression) {
    if (const auto found = done_.find(expression.get()); found != done_.end()) return found->second;
    auto rebuilt = std::visit(*this, expression->term());
    auto& twins = by_hash_[rebuilt->hash()];
    for (const auto& twin : twins)
      if (equal(twin, rebuilt)) return done_[expression.get()] = twin;
    twins.push_back(rebuilt);
    return done_[expression.get()] = rebuilt;
  }
  [[nodiscard]] std::size_t visited() const { return done_.size(); }

  // One part, of what share() gives for the parts below it.
  ExpressionPtr operator()(const ProbabilityTerm& term) const { return make(term); }
  ExpressionPtr operator()(const SumTerm& term) {
    return make(SumTerm{term.over, share(term.expression)});
  }
  ExpressionPtr operator()(const ProductTerm& term) {
    ProductTerm product;
    for (const auto& factor : term.factors) product.factors.push_back(share(factor));
    return make(std::move(product));
  }
  ExpressionPtr operator()(const FractionTerm& term) {
    return make(FractionTerm{share(term.numerator), share(term.denominator)});
  }
  ExpressionPtr operator()(const OneTerm& term) const { return make(term); }

 private:
  std::unordered_map<const Expression*, ExpressionPtr> done_;
  std::unordered_map<std::uint64_t, std::vector<ExpressionPtr>> by_hash_;
};

}  // namespace

Expression::Expression(Term term) : term_(std::move(term)) {
  const auto measures = std::visit([](const auto& t) { return measure(t); }, term_);
  hash_ = measures.hash;
  written_size_ = measures.written_size;
  free_ = std::visit([](const auto& t) { return free_in(t); }, term_);
}

ExpressionPtr one() { return make(OneTerm{}); }

ExpressionPtr probability(Variables variables, Variables given, Variables intervened,
                          std::int32_t population) {
  if (variables.empty()) return one();
  ProbabilityTerm term{sorted_unique(std::move(variables)), sorted_unique(std::move(given)),
                       sorted_unique(std::move(intervened)), population};
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
  if (a->hash() != b->hash()) return false;
  return std::visit(
      [](const auto& x, const auto& y) {
        if constexpr (std::is_same_v<decltype(x), decltype(y)>) return equal_terms(x, y);
        return false;
      },
      a->term(), b->term());
}

ExpressionPtr share_equal_parts(const ExpressionPtr& expression) {
  return Sharing().share(expression);
}

std::size_t stored_size(const ExpressionPtr& expression) {
  Sharing sharing;
  (void)sharing.share(expression);
  return sharing.visited();
}

std::vector<ExpressionVariable> free_variables(const ExpressionPtr& expression) {
  return expression->free();
}

}  // namespace causal_gym

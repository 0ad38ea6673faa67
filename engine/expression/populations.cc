#include "engine/expression/populations.h"

#include <unordered_map>

#include "engine/base/check.h"

namespace causal_gym {
namespace {

class Renumbering {
 public:
  explicit Renumbering(std::span<const std::int32_t> number_of) : number_of_(number_of) {}

  ExpressionPtr run(const ExpressionPtr& expression) {
    if (const auto found = done_.find(expression.get()); found != done_.end()) return found->second;
    auto result = std::visit([&](const auto& term) { return rebuild(term); }, expression->term());
    return done_[expression.get()] = std::move(result);
  }

 private:
  ExpressionPtr rebuild(const ProbabilityTerm& term) const {
    const auto index = static_cast<std::size_t>(term.population);
    CHECK(index < number_of_.size());
    return probability(term.variables, term.given, term.intervened, number_of_[index]);
  }
  ExpressionPtr rebuild(const SumTerm& term) { return sum(term.over, run(term.expression)); }
  ExpressionPtr rebuild(const ProductTerm& term) {
    std::vector<ExpressionPtr> factors;
    for (const auto& factor : term.factors) factors.push_back(run(factor));
    return product(std::move(factors));
  }
  ExpressionPtr rebuild(const FractionTerm& term) {
    return fraction(run(term.numerator), run(term.denominator));
  }
  static ExpressionPtr rebuild(const OneTerm&) { return one(); }

  std::span<const std::int32_t> number_of_;
  std::unordered_map<const Expression*, ExpressionPtr> done_;
};

}  // namespace

ExpressionPtr renumber_populations(const ExpressionPtr& expression,
                                   std::span<const std::int32_t> number_of) {
  return Renumbering(number_of).run(expression);
}

}  // namespace causal_gym

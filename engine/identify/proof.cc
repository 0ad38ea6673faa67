#include "engine/identify/proof.h"

#include <algorithm>
#include <unordered_map>

namespace causal_gym {
namespace {

// Rebuilds an expression with one part put in the place of another; products stay flat.
class Replacement {
 public:
  Replacement(const ExpressionPtr& from, const ExpressionPtr& to) : from_(from), to_(to) {}

  ExpressionPtr run(const ExpressionPtr& expression) {
    if (equal(expression, from_)) return to_;
    if (const auto found = done_.find(expression.get()); found != done_.end()) return found->second;
    auto rebuilt = std::visit([&](const auto& term) { return rebuild(term); }, expression->term());
    if (rebuilt == nullptr) rebuilt = expression;
    return done_[expression.get()] = std::move(rebuilt);
  }

 private:
  static ExpressionPtr rebuild(const ProbabilityTerm&) { return nullptr; }
  static ExpressionPtr rebuild(const OneTerm&) { return nullptr; }
  ExpressionPtr rebuild(const SumTerm& term) { return sum(term.over, run(term.expression)); }
  ExpressionPtr rebuild(const FractionTerm& term) {
    return fraction(run(term.numerator), run(term.denominator));
  }
  ExpressionPtr rebuild(const ProductTerm& term) {
    std::vector<ExpressionPtr> factors;
    for (const auto& factor : term.factors) {
      auto rebuilt = run(factor);
      if (const auto* inner = std::get_if<ProductTerm>(&rebuilt->term())) {
        factors.insert(factors.end(), inner->factors.begin(), inner->factors.end());
      } else {
        factors.push_back(std::move(rebuilt));
      }
    }
    return product(std::move(factors));
  }

  const ExpressionPtr& from_;
  const ExpressionPtr& to_;
  std::unordered_map<const Expression*, ExpressionPtr> done_;  // keys live in the old expression
};

}  // namespace

Proof::Proof(const AdmgRows& rows, const CausalTerm& goal, std::size_t most_symbols)
    : rows_(&rows),
      most_symbols_(most_symbols),
      whole_(expression_of(goal)),
      derivation_{whole_, {}} {}

void Proof::rewrite(DerivationStepKind kind, const ExpressionPtr& from, const ExpressionPtr& to,
                    std::optional<SeparationStatement> separation) {
  if (too_long()) return;
  auto after = Replacement(from, to).run(whole_);
  if (equal(after, whole_)) return;
  symbols_ += after->written_size();
  touched_ = touched_ || std::any_of(watched_.begin(), watched_.end(),
                                     [&](const ExpressionPtr& term) { return equal(term, from); });
  whole_ = std::move(after);
  derivation_.steps.push_back({kind, from, to, whole_, std::move(separation)});
}

void Proof::watch(std::vector<ExpressionPtr> terms) {
  watched_ = std::move(terms);
  touched_ = false;
}

void Proof::follow(const CausalTerm& from, const std::vector<RuleUse>& uses) {
  auto before = expression_of(from);
  for (const auto& use : uses) {
    auto after = expression_of(use.result);
    rewrite(use.rule, before, after, use.separation);
    before = std::move(after);
  }
}

bool Proof::turn(const CausalTerm& from, const CausalTerm& to) {
  const auto uses = rules_between(*rows_, from, to);
  if (uses) follow(from, *uses);
  return uses.has_value();
}

bool Proof::turn_at_once(const CausalTerm& from, const CausalTerm& to) {
  const auto uses = rules_between_at_once(*rows_, from, to);
  if (uses) follow(from, *uses);
  return uses.has_value();
}

void Proof::sum_over_joint(const CausalTerm& term, const NodeSet& b) {
  rewrite(DerivationStepKind::total_probability, expression_of(term),
          sum(b.to_vector(), expression_of({term.of | b, term.given, term.done})));
}

void Proof::sum_over_conditions(const CausalTerm& term, const NodeSet& b, Order order) {
  std::vector<ExpressionPtr> factors{expression_of({term.of, term.given | b, term.done}),
                                     expression_of({b, term.given, term.done})};
  if (order == Order::weight_first) std::swap(factors[0], factors[1]);
  rewrite(DerivationStepKind::total_probability, expression_of(term),
          sum(b.to_vector(), product(std::move(factors))));
}

void Proof::average(const CausalTerm& term, const CausalTerm& weight) {
  const auto effect = expression_of(term);
  rewrite(DerivationStepKind::algebra, effect,
          sum(weight.of.to_vector(), product({effect, expression_of(weight)})));
}

void Proof::chain(const CausalTerm& term) {
  std::vector<ExpressionPtr> factors;
  auto given = term.given;
  for (const NodeId v : rows_->order) {
    if (!term.of.contains(v)) continue;
    factors.push_back(expression_of({{v}, given, term.done}));
    given.insert(v);
  }
  rewrite(DerivationStepKind::chain_rule, expression_of(term), product(std::move(factors)));
}

void Proof::divide(const CausalTerm& term, const NodeSet& b) {
  const auto given = term.given - b;
  rewrite(DerivationStepKind::conditional_probability, expression_of(term),
          fraction(expression_of({term.of | b, given, term.done}),
                   expression_of({b, given, term.done})));
}

void Proof::finish(const ExpressionPtr& to) {
  rewrite(DerivationStepKind::algebra, ExpressionPtr(whole_), to);
}

}  // namespace causal_gym

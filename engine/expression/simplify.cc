#include "engine/expression/simplify.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

namespace causal_gym {
namespace {

using Variables = std::vector<ExpressionVariable>;
using Factors = std::vector<ExpressionPtr>;

Variables merged(const Variables& a, const Variables& b) {
  Variables result;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(result));
  return result;
}

Variables without(const Variables& a, const Variables& b) {
  Variables result;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(result));
  return result;
}

bool contains(const Variables& a, ExpressionVariable v) {
  return std::binary_search(a.begin(), a.end(), v);
}

bool intersects(const Variables& a, const Variables& b) {
  return std::any_of(a.begin(), a.end(), [&](ExpressionVariable v) { return contains(b, v); });
}

bool same_world(const ProbabilityTerm& a, const ProbabilityTerm& b) {
  return a.intervened == b.intervened && a.population == b.population;
}

ExpressionPtr make(ProbabilityTerm term) {
  return probability(std::move(term.variables), std::move(term.given), std::move(term.intervened),
                     term.population);
}

const ProbabilityTerm* as_probability(const ExpressionPtr& expression) {
  return std::get_if<ProbabilityTerm>(&expression->term());
}

// P(a | b, c) P(b | c) as P(a, b | c), in either order.
std::optional<ProbabilityTerm> chained(const ProbabilityTerm& p, const ProbabilityTerm& q) {
  if (!same_world(p, q)) return std::nullopt;
  for (const auto& [later, earlier] : {std::pair{&p, &q}, std::pair{&q, &p}}) {
    if (later->given != merged(earlier->variables, earlier->given)) continue;
    return ProbabilityTerm{merged(later->variables, earlier->variables), earlier->given,
                           earlier->intervened, earlier->population};
  }
  return std::nullopt;
}

// P(a, b | c) / P(b | c) as P(a | b, c).
std::optional<ProbabilityTerm> divided(const ProbabilityTerm& joint, const ProbabilityTerm& part) {
  if (!same_world(joint, part) || joint.given != part.given) return std::nullopt;
  if (!std::includes(joint.variables.begin(), joint.variables.end(), part.variables.begin(),
                     part.variables.end()))
    return std::nullopt;
  return ProbabilityTerm{without(joint.variables, part.variables),
                         merged(part.variables, joint.given), joint.intervened, joint.population};
}

struct Ratio {  // the product of `above` over that of `below`
  Factors above;
  Factors below;
};

class Simplifier {
 public:
  explicit Simplifier(std::size_t steps) : steps_(steps) {}

  ExpressionPtr run(const ExpressionPtr& expression) {
    if (const auto found = done_.find(expression.get()); found != done_.end()) return found->second;
    auto result = out_of_steps() ? expression
                                 : std::visit([&](const auto& term) { return rewrite(term); },
                                              expression->term());
    if (!result) result = expression;
    kept_.push_back(expression);  // so that the address names nothing else while it is a key
    return done_[expression.get()] = std::move(result);
  }
  [[nodiscard]] bool out_of_steps() const { return used_ >= steps_; }

 private:
  static ExpressionPtr rewrite(const ProbabilityTerm&) { return nullptr; }
  static ExpressionPtr rewrite(const OneTerm&) { return nullptr; }
  ExpressionPtr rewrite(const ProductTerm& term) {
    Ratio ratio;
    for (const auto& factor : term.factors) split(run(factor), ratio.above, ratio.below);
    return rebuilt(reduced(std::move(ratio)));
  }
  ExpressionPtr rewrite(const FractionTerm& term) {
    Ratio ratio;
    split(run(term.numerator), ratio.above, ratio.below);
    split(run(term.denominator), ratio.below, ratio.above);
    return rebuilt(reduced(std::move(ratio)));
  }
  ExpressionPtr rewrite(const SumTerm& term) {
    auto over = term.over;
    auto body = run(term.expression);
    if (const auto* inner = std::get_if<SumTerm>(&body->term());
        inner != nullptr && !intersects(inner->over, over)) {
      over = merged(over, inner->over);
      body = inner->expression;
    }
    Ratio inside;
    split(body, inside.above, inside.below);
    while (sum_one_out(over, inside)) {
    }
    Ratio outside;
    move_free_of(over, inside.above, outside.above);
    move_free_of(over, inside.below, outside.below);
    outside.above.push_back(sum(over, rebuilt(std::move(inside))));
    return rebuilt(reduced(std::move(outside)));
  }

  // The factors of an expression, those below a fraction into `below`. Shared products are written
  // out here, so each factor is a step; what is left when the steps run out stays in one piece.
  void split(const ExpressionPtr& expression, Factors& above, Factors& below) {
    ++used_;
    const auto* product = std::get_if<ProductTerm>(&expression->term());
    const auto* fraction = std::get_if<FractionTerm>(&expression->term());
    if (out_of_steps() || (product == nullptr && fraction == nullptr)) {
      if (!std::holds_alternative<OneTerm>(expression->term())) above.push_back(expression);
    } else if (product != nullptr) {
      for (const auto& factor : product->factors) split(factor, above, below);
    } else {
      split(fraction->numerator, above, below);
      split(fraction->denominator, below, above);
    }
  }

  static ExpressionPtr rebuilt(Ratio ratio) {
    return fraction(product(std::move(ratio.above)), product(std::move(ratio.below)));
  }

  // Cancels equal factors, and turns P(a, b | c) / P(b | c) into P(a | b, c).
  Ratio reduced(Ratio ratio) {
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t i = 0; i < ratio.above.size() && !changed; ++i)
        for (std::size_t j = 0; j < ratio.below.size() && !changed; ++j)
          changed = reduce_pair(ratio, i, j);
    }
    return ratio;
  }

  bool reduce_pair(Ratio& ratio, std::size_t i, std::size_t j) {
    if (out_of_steps()) return false;
    ++used_;
    const auto above = ratio.above.begin() + static_cast<std::ptrdiff_t>(i);
    const auto below = ratio.below.begin() + static_cast<std::ptrdiff_t>(j);
    if (equal(*above, *below)) {
      ratio.above.erase(above);
      ratio.below.erase(below);
      return true;
    }
    const auto* part = as_probability(*below);
    if (part == nullptr) return false;
    if (const auto* whole = std::get_if<SumTerm>(&(*above)->term())) {
      auto smaller = divided_inside(*whole, *below, *part);
      if (!smaller) return false;
      *above = std::move(smaller);
      ratio.below.erase(below);
      return true;
    }
    const auto* joint = as_probability(*above);
    if (joint == nullptr) return false;
    auto quotient = divided(*joint, *part);
    if (!quotient) return false;
    *above = make(*std::move(quotient));
    ratio.below.erase(below);
    return true;
  }

  // The sum divided by a probability that it does not bind, when two of its factors join into what
  // that divides: sum_a P(a) P(b | a) .. / P(b) is sum_a P(a | b) ... Null when none do.
  ExpressionPtr divided_inside(const SumTerm& term, const ExpressionPtr& by,
                               const ProbabilityTerm& part) {
    const auto* product_term = std::get_if<ProductTerm>(&term.expression->term());
    if (product_term == nullptr || intersects(free_of(by), term.over)) return nullptr;
    auto factors = product_term->factors;
    for (std::size_t i = 0; i < factors.size(); ++i)
      for (std::size_t j = i + 1; j < factors.size() && !out_of_steps(); ++j) {
        ++used_;
        const auto* p = as_probability(factors[i]);
        const auto* q = as_probability(factors[j]);
        if (p == nullptr || q == nullptr) continue;
        const auto joint = chained(*p, *q);
        auto quotient = joint ? divided(*joint, part) : std::nullopt;
        if (!quotient) continue;
        factors[i] = make(*std::move(quotient));
        factors.erase(factors.begin() + static_cast<std::ptrdiff_t>(j));
        return run(sum(term.over, product(std::move(factors))));
      }
    return nullptr;
  }

  // Sums one variable of `over` out when all that mention it join into one P(v, b | c).
  bool sum_one_out(Variables& over, Ratio& ratio) {
    for (const auto v : over) {
      if (out_of_steps()) return false;
      if (mentioned(v, ratio.below)) continue;
      auto joined = join_mentions(v, ratio.above);
      if (!joined || !contains(joined->variables, v)) continue;
      std::erase_if(ratio.above, [&](const ExpressionPtr& f) { return contains(free_of(f), v); });
      joined->variables = without(joined->variables, {v});
      if (!joined->variables.empty()) ratio.above.push_back(make(*std::move(joined)));
      over = without(over, {v});
      return true;
    }
    return false;
  }

  std::optional<ProbabilityTerm> join_mentions(ExpressionVariable v, const Factors& factors) {
    std::vector<ProbabilityTerm> terms;
    for (const auto& factor : factors) {
      if (!contains(free_of(factor), v)) continue;
      const auto* term = as_probability(factor);
      if (term == nullptr) return std::nullopt;
      terms.push_back(*term);
    }
    while (terms.size() > 1 && join_pair(terms)) {
    }
    if (terms.size() != 1) return std::nullopt;
    return std::move(terms.front());
  }

  bool join_pair(std::vector<ProbabilityTerm>& terms) {
    for (std::size_t i = 0; i < terms.size(); ++i)
      for (std::size_t j = i + 1; j < terms.size(); ++j) {
        ++used_;
        auto joint = chained(terms[i], terms[j]);
        if (!joint) continue;
        terms[i] = *std::move(joint);
        terms.erase(terms.begin() + static_cast<std::ptrdiff_t>(j));
        return true;
      }
    return false;
  }

  bool mentioned(ExpressionVariable v, const Factors& factors) {
    return std::any_of(factors.begin(), factors.end(),
                       [&](const ExpressionPtr& f) { return contains(free_of(f), v); });
  }

  void move_free_of(const Variables& over, Factors& from, Factors& to) {
    const auto stays = [&](const ExpressionPtr& f) { return intersects(free_of(f), over); };
    const auto moved = std::stable_partition(from.begin(), from.end(), stays);
    to.insert(to.end(), moved, from.end());
    from.erase(moved, from.end());
  }

  static const Variables& free_of(const ExpressionPtr& expression) { return expression->free(); }

  std::size_t steps_;
  std::size_t used_ = 0;
  std::unordered_map<const Expression*, ExpressionPtr> done_;
  Factors kept_;
};

}  // namespace

Simplification simplify(const ExpressionPtr& expression, std::size_t steps) {
  Simplifier simplifier(steps);
  auto result = simplifier.run(share_equal_parts(expression));
  return {std::move(result), !simplifier.out_of_steps()};
}

}  // namespace causal_gym

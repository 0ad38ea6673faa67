#include "engine/identify/identify.h"

#include <algorithm>
#include <array>
#include <set>
#include <variant>

#include "engine/expression/simplify.h"
#include "engine/graph/relations.h"
#include "engine/graph/separation.h"
#include "engine/graph/surgery.h"
#include "engine/identify/adjustment.h"
#include "engine/identify/effect_sets.h"
#include "engine/identify/front_door.h"
#include "engine/identify/idc.h"

namespace causal_gym {
namespace {

using Attempt = Result<std::optional<Identification>>;

Identification identified(Strategy strategy, NodeSet set, ExpressionPtr estimand,
                          std::string reason) {
  Identification result;
  result.verdict = Verdict::identifiable;
  result.strategy = strategy;
  result.set = std::move(set);
  result.estimand = std::move(estimand);
  result.reason = std::move(reason);
  return result;
}

ExpressionPtr seen(const EffectTarget& target) {
  return probability(target.outcome.to_vector(), target.given.to_vector());
}

// Do-calculus rule 3 (Pearl 2009, theorem 3.4.1): may `dropped`, a part of the treatment, be left
// alone without changing P(outcome | do(treatment), given)?
Result<bool> may_be_left_alone(const Graph& graph, const EffectTarget& target,
                               const NodeSet& dropped) {
  const auto kept = target.treatment - dropped;
  const auto under_kept = cut_incoming(graph, kept);
  const auto no_ancestors = dropped - ancestors(under_kept, target.given);
  CAUSAL_GYM_TRY(result, separation(cut_incoming(under_kept, no_ancestors), dropped, target.outcome,
                                    kept | target.given));
  return result.separated;
}

// What remains of the treatment when rule 3 has dropped all it can.
Result<NodeSet> effective_treatment(const Graph& graph, EffectTarget target) {
  CAUSAL_GYM_TRY(nothing_matters, may_be_left_alone(graph, target, target.treatment));
  if (nothing_matters) return NodeSet{};
  for (const NodeId v : target.treatment.to_vector()) {
    CAUSAL_GYM_TRY(droppable, may_be_left_alone(graph, target, {v}));
    if (droppable) target.treatment.erase(v);
  }
  return target.treatment;
}

Identification no_effect(const Graph& graph, const EffectTarget& target) {
  const auto x = set_text(graph, target.treatment);
  const auto y = set_text(graph, target.outcome);
  return identified(Strategy::no_effect, {}, seen(target),
                    target.given.empty() ? "no causal path leads from " + x + " to " + y
                                         : "given " + set_text(graph, target.given) + ", setting " +
                                               x + " does not change " + y + " (rule 3)");
}

// P(y | do(x), z) = sum over w of P(y | x, z, w) P(w | z): rule 2 in the first factor, because z
// and w block every back-door path; rule 3 in the second, because x has no effect on z and w.
// With w empty, only the first is needed.
Attempt conditional_adjustment(const Graph& graph, const EffectTarget& target) {
  const auto& [x, y, z] = target;
  const auto back_door_graph = cut_outgoing(graph, x);
  CAUSAL_GYM_TRY(direct, separation(back_door_graph, x, y, z));
  std::optional<NodeSet> blocking;
  const auto below = descendants(graph, x);
  if (direct.separated) {
    blocking = z;
  } else if (!z.intersects(below)) {
    blocking =
        find_minimal_separator(back_door_graph, x, y, {z, graph.observed_nodes() - below - y - z});
  }
  if (!blocking) return std::nullopt;
  const auto w = *blocking - z;
  auto estimand = sum(w.to_vector(), product({probability(y.to_vector(), (x | z | w).to_vector()),
                                              probability(w.to_vector(), z.to_vector())}));
  return identified(Strategy::adjustment, w, std::move(estimand),
                    set_text(graph, z | w) + " blocks every back-door path from " +
                        set_text(graph, x) + " to " + set_text(graph, y) + " (rule 2)");
}

// P(y | do(x), z) = P(y, z | do(x)) / P(z | do(x)), both by one set found for the joint effect.
Attempt as_ratio(Strategy strategy, const Graph& graph, const EffectTarget& target,
                 const std::optional<NodeSet>& set,
                 ExpressionPtr (*formula)(const NodeSet&, const NodeSet&, const NodeSet&)) {
  if (!set) return std::nullopt;
  const auto& [x, y, z] = target;
  return identified(strategy, *set, fraction(formula(x, y | z, *set), formula(x, z, *set)),
                    "the joint effect of " + set_text(graph, x) + " on " + set_text(graph, y | z) +
                        " is identified with " + set_text(graph, *set) +
                        ", and with it the conditional one");
}

Attempt by_adjustment(const Graph& graph, const EffectTarget& target) {
  const auto& [x, y, z] = target;
  if (!z.empty()) {
    CAUSAL_GYM_TRY(direct, conditional_adjustment(graph, target));
    if (direct) return direct;
    CAUSAL_GYM_TRY(joint, find_adjustment_set(graph, x, y | z));
    return as_ratio(Strategy::adjustment, graph, target, joint, adjustment_estimand);
  }
  CAUSAL_GYM_TRY(set, find_adjustment_set(graph, x, y));
  if (!set) return std::nullopt;
  CAUSAL_GYM_TRY(check, check_adjustment(graph, x, y, *set));
  return identified(Strategy::adjustment, *set, adjustment_estimand(x, y, *set), check.reason);
}

Attempt by_front_door(const Graph& graph, const EffectTarget& target) {
  const auto& [x, y, z] = target;
  CAUSAL_GYM_TRY(set, find_front_door_set(graph, x, y | z));
  if (!z.empty()) return as_ratio(Strategy::front_door, graph, target, set, front_door_estimand);
  if (!set) return std::nullopt;
  CAUSAL_GYM_TRY(check, check_front_door(graph, x, y, *set));
  return identified(Strategy::front_door, *set, front_door_estimand(x, y, *set), check.reason);
}

// In the order in which they are tried: the simplest estimand first.
constexpr std::array criteria = {by_adjustment, by_front_door};

Attempt first_that_applies(const Graph& graph, const EffectTarget& target,
                           const CancellationToken& cancellation) {
  for (const auto criterion : criteria) {
    CAUSAL_GYM_CHECKED(cancellation.check());
    CAUSAL_GYM_TRY(found, criterion(graph, target));
    if (found) return found;
  }
  return std::nullopt;
}

// The criteria, for the whole treatment and then for what remains of it by rule 3.
Attempt by_criteria(const Graph& graph, const EffectTarget& target,
                    const CancellationToken& cancellation) {
  CAUSAL_GYM_TRY(effective, effective_treatment(graph, target));
  if (effective.empty()) return no_effect(graph, target);
  CAUSAL_GYM_TRY(whole, first_that_applies(graph, target, cancellation));
  const auto idle = target.treatment - effective;
  if (whole || idle.empty()) return whole;
  CAUSAL_GYM_TRY(
      part, first_that_applies(graph, {effective, target.outcome, target.given}, cancellation));
  if (part)
    part->reason =
        "setting " + set_text(graph, idle) + " changes nothing (rule 3); " + part->reason;
  return part;
}

Identification gave_up(std::string limit) {
  Identification result;
  result.reason = "the search for an estimand was ended: " + limit;
  result.limit = std::move(limit);
  return result;
}

// "the c-factors of y from {w1, x, y} and of z from z, summed over w".
std::string general_reason(const Graph& graph, const IdcAnswer& answer) {
  std::string text = "by c-factors: ";
  for (const auto& c_factor : answer.joint.c_factors)
    text += (&c_factor == &answer.joint.c_factors.front() ? "that of " : ", that of ") +
            set_text(graph, c_factor.kernel.of) + " from the district " +
            set_text(graph, c_factor.base);
  if (!answer.joint.summed.empty()) text += "; summed over " + set_text(graph, answer.joint.summed);
  if (!answer.set_instead.empty())
    text += "; seeing " + set_text(graph, answer.set_instead) + " is setting it (rule 2)";
  return text;
}

Result<Identification> by_complete_algorithm(const Graph& graph, const EffectTarget& target,
                                             const Limits& limits,
                                             const CancellationToken& cancellation) {
  const auto over_limit = [](const Error& error) {
    return error.code == ErrorCode::limit_exceeded;
  };
  auto rows = admg_rows(graph, limits);
  if (!rows && over_limit(rows.error())) return gave_up(rows.error().message);
  if (!rows) return fail(std::move(rows).error());
  auto answer =
      identify_by_idc(*rows, target.treatment, target.outcome, target.given, limits, cancellation);
  if (!answer && over_limit(answer.error())) return gave_up(answer.error().message);
  if (!answer) return fail(std::move(answer).error());
  if (answer->estimand)
    return identified(Strategy::general, {}, simplify(answer->estimand).expression,
                      general_reason(graph, *answer));
  Identification result;
  result.verdict = Verdict::not_identifiable;
  result.reason = hedge_text(graph, *answer->joint.hedge);
  result.hedge = std::move(answer->joint.hedge);
  return result;
}

// Walks an expression once and collects what stands below a bar or a fraction.
class PositivityRequirements {
 public:
  void visit(const ExpressionPtr& expression) {
    if (seen_.insert(expression.get()).second)
      std::visit([this](const auto& term) { collect(term); }, expression->term());
  }
  std::vector<ExpressionPtr> required;

 private:
  void collect(const ProbabilityTerm& term) {
    if (!term.given.empty()) require(probability(term.given, {}, term.intervened, term.population));
  }
  void collect(const SumTerm& term) { visit(term.expression); }
  void collect(const ProductTerm& term) {
    for (const auto& factor : term.factors) visit(factor);
  }
  void collect(const FractionTerm& term) {
    visit(term.numerator);
    visit(term.denominator);
    require(term.denominator);
  }
  void collect(const OneTerm&) {}
  void require(const ExpressionPtr& expression) {
    if (std::none_of(required.begin(), required.end(),
                     [&](const ExpressionPtr& known) { return equal(known, expression); }))
      required.push_back(expression);
  }
  std::set<const Expression*> seen_;
};

}  // namespace

std::string_view strategy_name(Strategy strategy) {
  switch (strategy) {
    case Strategy::none: return "none";
    case Strategy::no_effect: return "no_effect";
    case Strategy::adjustment: return "adjustment";
    case Strategy::front_door: return "front_door";
    case Strategy::general: return "general";
  }
  return "none";
}

Status check_target(const Graph& graph, const EffectTarget& target) {
  const auto& [treatment, outcome, given] = target;
  if (outcome.empty()) return fail(ErrorCode::invalid_argument, "the outcome is empty");
  CAUSAL_GYM_CHECKED(check_observed(graph, treatment, "treatment"));
  CAUSAL_GYM_CHECKED(check_observed(graph, outcome, "outcome"));
  CAUSAL_GYM_CHECKED(check_observed(graph, given, "condition"));
  CAUSAL_GYM_CHECKED(check_disjoint(graph, treatment, "treatment", outcome, "outcome"));
  CAUSAL_GYM_CHECKED(check_disjoint(graph, treatment, "treatment", given, "condition"));
  return check_disjoint(graph, outcome, "outcome", given, "condition");
}

std::vector<ExpressionPtr> positivity_requirements(const ExpressionPtr& expression) {
  PositivityRequirements search;
  search.visit(expression);
  return std::move(search.required);
}

Result<Identification> identify_effect(const Graph& graph, const EffectTarget& target,
                                       const CancellationToken& cancellation,
                                       const Limits& limits) {
  CAUSAL_GYM_CHECKED(check_target(graph, target));
  if (target.treatment.empty()) {
    auto seen_directly =
        identified(Strategy::none, {}, seen(target), "nothing is set: this is seen directly");
    seen_directly.target = target;
    seen_directly.positive = positivity_requirements(seen_directly.estimand);
    return seen_directly;
  }
  CAUSAL_GYM_TRY(by_criterion, by_criteria(graph, target, cancellation));
  if (!by_criterion) {
    CAUSAL_GYM_TRY(decided, by_complete_algorithm(graph, target, limits, cancellation));
    by_criterion = std::move(decided);
  }
  auto result = *std::move(by_criterion);
  result.target = target;
  if (result.estimand) {
    result.free =
        NodeSet(free_variables(result.estimand)) - target.treatment - target.outcome - target.given;
    result.positive = positivity_requirements(result.estimand);
  }
  return result;
}

}  // namespace causal_gym

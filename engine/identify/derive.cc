#include "engine/identify/derive.h"

#include "engine/identify/derive_adjustment.h"
#include "engine/identify/derive_c_factor.h"
#include "engine/identify/idc.h"
#include "engine/identify/proof.h"

namespace causal_gym {
namespace {

using Order = Proof::Order;

// P(y | do(x)) = sum_m P(m | x) sum_x P(y | x, m) P(x). The terms differ in y
// alone: one, or the two of a ratio.
bool derive_front_door(Proof& proof, const std::vector<CausalTerm>& terms, const NodeSet& m) {
  const auto& x = terms.front().done;
  if (!m.empty()) {
    for (const auto& term : terms) proof.sum_over_conditions(term, m, Order::weight_first);
    if (!proof.turn({m, {}, x}, {m, x, {}})) return false;
  }
  for (const auto& [y, none, same_x] : terms) {
    if (!proof.turn({y, m, x}, {y, {}, x | m})) return false;
    if (!proof.turn({y, {}, x | m}, {y, {}, m})) return false;
  }
  if (m.empty()) return true;
  for (const auto& term : terms)
    proof.sum_over_conditions({term.of, {}, m}, x, Order::effect_first);
  for (const auto& [y, none, same_x] : terms)
    if (!proof.turn({y, x, m}, {y, x | m, {}})) return false;
  return proof.turn({x, {}, m}, {x, {}, {}});
}

// P(y | do(x), z) by one criterion, as it is or as the ratio P(y, z | do(x)) / P(z | do(x)).
bool derive_by_criterion(const AdmgRows& rows, Proof& proof, const CausalTerm& goal,
                         const Identification& answer) {
  CausalTerm term = goal;
  // What rule 3 has dropped of the treatment is mentioned nowhere.
  const auto mentioned = NodeSet(free_variables(answer.estimand));
  if (term.done.intersects(mentioned)) term.done &= mentioned;
  if (!proof.turn(goal, term)) return false;
  std::vector<CausalTerm> terms{term};
  if (std::holds_alternative<FractionTerm>(answer.estimand->term())) {
    proof.divide(term, term.given);
    terms = {{term.of | term.given, {}, term.done}, {term.given, {}, term.done}};
  }
  return answer.strategy == Strategy::adjustment ? derive_adjustment(rows, terms, answer.set, proof)
                                                 : derive_front_door(proof, terms, answer.set);
}

Status derive_steps(const AdmgRows& rows, const CausalTerm& goal, const Identification& answer,
                    const Limits& limits, const CancellationToken& cancellation, Proof& proof) {
  bool found = false;
  switch (answer.strategy) {
    case Strategy::none: found = true; break;
    case Strategy::no_effect: found = proof.turn(goal, {goal.of, goal.given, {}}); break;
    case Strategy::adjustment:
    case Strategy::front_door: found = derive_by_criterion(rows, proof, goal, answer); break;
    case Strategy::general: {
      CAUSAL_GYM_TRY(idc,
                     identify_by_idc(rows, goal.done, goal.of, goal.given, limits, cancellation));
      if (!idc.estimand) return fail(ErrorCode::invalid_argument, "the effect is not identifiable");
      return derive_general(rows, goal, idc, proof, cancellation);
    }
  }
  if (found) return {};
  return fail(ErrorCode::not_determined, "no chain of do-calculus rules leads to the estimand");
}

tl::unexpected<Error> too_many_symbols(const Limits& limits) {
  return fail(
      ErrorCode::limit_exceeded,
      "the derivation has more than " + std::to_string(limits.derivation_symbols) + " symbols");
}

}  // namespace

Result<Derivation> derive(const Graph& graph, const EffectTarget& target,
                          const Identification& identification, const Limits& limits,
                          const CancellationToken& cancellation) {
  if (identification.estimand == nullptr)
    return fail(ErrorCode::invalid_argument, "there is no estimand to derive");
  CAUSAL_GYM_CHECKED(cancellation.check());
  // The last step alone writes out the estimand.
  if (identification.estimand->written_size() > limits.derivation_symbols)
    return too_many_symbols(limits);
  CAUSAL_GYM_TRY(rows, admg_rows(graph, limits));
  const CausalTerm goal{target.outcome, target.given, target.treatment};
  Proof proof(rows, goal, limits.derivation_symbols);
  auto status = derive_steps(rows, goal, identification, limits, cancellation, proof);
  if (status) proof.finish(identification.estimand);
  if (proof.too_long()) return too_many_symbols(limits);
  if (!status) return fail(std::move(status).error());
  return proof.take();
}

}  // namespace causal_gym

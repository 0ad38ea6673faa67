#include "engine/identify/derive.h"

#include "engine/identify/derive_c_factor.h"
#include "engine/identify/idc.h"
#include "engine/identify/proof.h"

namespace causal_gym {
namespace {

using Order = Proof::Order;

// P(y | do(x), z) = sum_w P(y | x, z, w) P(w | z).
bool derive_adjustment(Proof& proof, const CausalTerm& term, const NodeSet& w) {
  const auto& [y, z, x] = term;
  proof.sum_over_conditions(term, w, Order::effect_first);
  if (!proof.turn({y, z | w, x}, {y, x | z | w, {}})) return false;
  return w.empty() || proof.turn({w, z, x}, {w, z, {}});
}

// P(y | do(x)) = sum_m P(m | x) sum_x P(y | x, m) P(x).
bool derive_front_door(Proof& proof, const CausalTerm& term, const NodeSet& m) {
  const auto& [y, none, x] = term;
  if (m.empty()) return proof.turn(term, {y, {}, {}});
  proof.sum_over_conditions(term, m, Order::weight_first);
  if (!proof.turn({m, {}, x}, {m, x, {}})) return false;
  if (!proof.turn({y, m, x}, {y, {}, x | m})) return false;
  if (!proof.turn({y, {}, x | m}, {y, {}, m})) return false;
  proof.sum_over_conditions({y, {}, m}, x, Order::effect_first);
  return proof.turn({y, x, m}, {y, x | m, {}}) && proof.turn({x, {}, m}, {x, {}, {}});
}

// P(y | do(x), z) by one criterion, as it is or as the ratio P(y, z | do(x)) / P(z | do(x)).
bool derive_by_criterion(Proof& proof, const CausalTerm& goal, const Identification& answer) {
  const auto derive_one =
      answer.strategy == Strategy::adjustment ? derive_adjustment : derive_front_door;
  // What rule 3 has dropped of the treatment is mentioned nowhere.
  CausalTerm term = goal;
  const auto mentioned = NodeSet(free_variables(answer.estimand));
  if (term.done.intersects(mentioned)) term.done &= mentioned;
  if (!proof.turn(goal, term)) return false;
  const bool ratio = std::holds_alternative<FractionTerm>(answer.estimand->term());
  if (!ratio) return derive_one(proof, term, answer.set);
  proof.divide(term, term.given);
  return derive_one(proof, {term.of | term.given, {}, term.done}, answer.set) &&
         derive_one(proof, {term.given, {}, term.done}, answer.set);
}

Status derive_steps(const AdmgRows& rows, const CausalTerm& goal, const Identification& answer,
                    const Limits& limits, const CancellationToken& cancellation, Proof& proof) {
  bool found = false;
  switch (answer.strategy) {
    case Strategy::none: found = true; break;
    case Strategy::no_effect: found = proof.turn(goal, {goal.of, goal.given, {}}); break;
    case Strategy::adjustment:
    case Strategy::front_door: found = derive_by_criterion(proof, goal, answer); break;
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

}  // namespace

Result<Derivation> derive(const Graph& graph, const EffectTarget& target,
                          const Identification& identification, const Limits& limits,
                          const CancellationToken& cancellation) {
  if (identification.estimand == nullptr)
    return fail(ErrorCode::invalid_argument, "there is no estimand to derive");
  CAUSAL_GYM_CHECKED(cancellation.check());
  CAUSAL_GYM_TRY(rows, admg_rows(graph, limits));
  const CausalTerm goal{target.outcome, target.given, target.treatment};
  Proof proof(rows, goal);
  CAUSAL_GYM_CHECKED(derive_steps(rows, goal, identification, limits, cancellation, proof));
  proof.finish(identification.estimand);
  return proof.take();
}

}  // namespace causal_gym

#include "engine/identify/derive_c_factor.h"

#include <map>

#include "engine/base/check.h"

namespace causal_gym {
namespace {

Status no_rules(const CausalTerm& term) {
  return fail(ErrorCode::not_determined, "no short chain of rules was found for a term with " +
                                             std::to_string(term.given.size()) +
                                             " conditions and " + std::to_string(term.done.size()) +
                                             " actions");
}

// One district on the way from P(v) to a c-factor.
struct Level {
  NodeSet ancestral;  // of the district around it; not used at the first level
  NodeSet district;
  Kernel kernel;  // the machine's chain
};

std::vector<Level> levels_of(const AdmgRows& rows, const NodeSet& within,
                             const CFactorDerivation& c_factor) {
  std::vector<Level> levels{{{}, c_factor.base, district_kernel(rows, within, c_factor.base)}};
  for (const auto& step : c_factor.steps)
    levels.push_back({step.ancestral, step.district,
                      marginal_kernel(levels.back().kernel, step.ancestral, step.district)});
  return levels;
}

class CFactorProof {
 public:
  CFactorProof(const AdmgRows& rows, const NodeSet& within, const CFactorDerivation& c_factor,
               Proof& proof)
      : rows_(rows), levels_(levels_of(rows, within, c_factor)), proof_(proof) {}

  // `terms` stand for the links of the last level.
  Status run(std::map<NodeId, CausalTerm> terms) {
    for (std::size_t i = levels_.size(); i-- > 0 && !terms.empty();) {
      std::erase_if(terms, [&](const auto& entry) { return reach_base(i, entry); });
      if (terms.empty()) break;
      if (i == 0) return no_rules(terms.begin()->second);
      CAUSAL_GYM_TRY(below, expand(levels_[i], levels_[i - 1].district, terms));
      terms = std::move(below);
    }
    return {};
  }

 private:
  // Straight to P(v | pillow), when this is what the machine has for the link.
  bool reach_base(std::size_t level, const std::pair<const NodeId, CausalTerm>& entry) {
    const auto& [v, term] = entry;
    for (const auto& link : levels_[level].kernel.links) {
      if (link.variable != v) continue;
      const auto* p = std::get_if<ProbabilityTerm>(&link.expression->term());
      if (p == nullptr) return false;
      const CausalTerm base{NodeSet(p->variables), NodeSet(p->given), {}};
      return level == 0 ? proof_.turn(term, base) : proof_.turn_at_once(term, base);
    }
    return false;
  }

  // Terms for the links of `district` in the ancestral part of `around`, as terms for links of
  // `around`.
  Result<std::map<NodeId, CausalTerm>> expand(const Level& level, const NodeSet& around,
                                              const std::map<NodeId, CausalTerm>& terms) {
    NodeSet prefix;  // of `around`, up to the last node that a term is wanted for
    std::vector<NodeId> order;
    std::size_t wanted = 0;
    for (const NodeId v : rows_.order) {
      if (!around.contains(v) || wanted == terms.size()) continue;
      prefix.insert(v);
      order.push_back(v);
      wanted += terms.contains(v) ? 1 : 0;
    }
    NodeSet done;
    for (const NodeId v : prefix) done |= rows_.parents[static_cast<std::size_t>(v)];
    done -= around;
    std::map<NodeId, CausalTerm> result;
    NodeSet earlier;
    for (const NodeId v : order) {
      if (const auto found = terms.find(v); found != terms.end()) {
        const CausalTerm chained{{v}, earlier, done};
        const CausalTerm marginal{{v}, earlier & level.ancestral, done};
        if (!proof_.turn(found->second, marginal)) return fail(no_rules(found->second).error());
        result[v] = chained;
        if (!(marginal == chained) && !proof_.turn_at_once(marginal, chained))
          as_ratio(marginal, earlier, result);
      }
      earlier.insert(v);
    }
    return result;
  }

  // P(v | a) as a ratio of sums of chains over all that comes before v.
  void as_ratio(const CausalTerm& term, const NodeSet& earlier,
                std::map<NodeId, CausalTerm>& links) {
    const auto summed = earlier - term.given;
    proof_.divide(term, term.given);
    for (const auto& of : {term.of | term.given, term.given}) {
      if (of.empty()) continue;
      proof_.sum_over_joint({of, {}, term.done}, summed);
      proof_.chain({of | summed, {}, term.done});
    }
    NodeSet before;
    for (const NodeId v : rows_.order) {
      if (!(earlier | term.of).contains(v)) continue;
      links[v] = {{v}, before, term.done};
      before.insert(v);
    }
  }

  const AdmgRows& rows_;
  std::vector<Level> levels_;
  Proof& proof_;
};

// The effect without its conditions: P(y, seen | do(x)), x only what has an arrow into what matters
// for these.
CausalTerm derive_joint(const AdmgRows& rows, const CausalTerm& goal, const IdcAnswer& answer,
                        Proof& proof, Status& status) {
  CausalTerm term{goal.of, goal.given - answer.set_instead, goal.done | answer.set_instead};
  if (!proof.turn(goal, term)) status = no_rules(goal);
  const CausalTerm conditions{term.given, {}, term.done};
  proof.divide(term, term.given);
  if (!conditions.of.empty()) proof.sum_over_joint(conditions, term.of);
  const CausalTerm joint{term.of | term.given, {}, term.done};
  const auto relevant = joint.of | answer.joint.summed;
  NodeSet parents;
  for (const NodeId v : relevant) parents |= rows.parents[static_cast<std::size_t>(v)];
  const CausalTerm effective{joint.of, {}, joint.done & parents};
  if (!proof.turn(joint, effective)) status = no_rules(joint);
  proof.sum_over_joint(effective, answer.joint.summed);
  return {relevant, {}, effective.done};
}

}  // namespace

Status derive_general(const AdmgRows& rows, const CausalTerm& goal, const IdcAnswer& answer,
                      Proof& proof, const CancellationToken& cancellation) {
  Status status;
  const auto joint = derive_joint(rows, goal, answer, proof, status);
  CAUSAL_GYM_CHECKED(std::move(status));
  proof.chain(joint);
  std::map<NodeId, CausalTerm> chain;
  NodeSet earlier;
  for (const NodeId v : rows.order) {
    if (!joint.of.contains(v)) continue;
    chain[v] = {{v}, earlier, joint.done};
    earlier.insert(v);
  }
  for (const auto& c_factor : answer.joint.c_factors) {
    CAUSAL_GYM_CHECKED(cancellation.check());
    std::map<NodeId, CausalTerm> terms;
    for (const NodeId v : c_factor.kernel.of) terms[v] = chain.at(v);
    CAUSAL_GYM_CHECKED(
        CFactorProof(rows, answer.joint.ancestral, c_factor, proof).run(std::move(terms)));
  }
  return {};
}

}  // namespace causal_gym

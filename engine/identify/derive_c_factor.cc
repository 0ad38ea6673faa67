#include "engine/identify/derive_c_factor.h"

#include <map>

#include "engine/expression/simplify.h"

namespace causal_gym {
namespace {

using Terms = std::map<NodeId, CausalTerm>;  // by the one node that each is of

Status no_rules(const CausalTerm& term) {
  return fail(ErrorCode::not_determined, "no short chain of rules was found for a term with " +
                                             std::to_string(term.given.size()) +
                                             " conditions and " + std::to_string(term.done.size()) +
                                             " actions");
}

// The nodes of `all` before the first one, in the order of the graph, that is not in `of`.
NodeSet run_at_start(const AdmgRows& rows, const NodeSet& all, const NodeSet& of) {
  NodeSet run;
  for (const NodeId v : rows.order) {
    if (!all.contains(v)) continue;
    if (!of.contains(v)) break;
    run.insert(v);
  }
  return run;
}

// The factors that the chain rule makes of a term.
Terms chain_of(const AdmgRows& rows, const CausalTerm& term) {
  Terms chain;
  auto given = term.given;
  for (const NodeId v : rows.order) {
    if (!term.of.contains(v)) continue;
    chain[v] = {{v}, given, term.done};
    given.insert(v);
  }
  return chain;
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

  // `terms` stand for the links of the last level; those that are at the base already, or get there
  // in a few steps, are taken out.
  void drop_what_reaches_base(Terms& terms) { drop_what_reaches_base(levels_.size() - 1, terms); }

  // `terms` stand for the links of the last level.
  Status run(Terms terms) {
    for (std::size_t i = levels_.size(); i-- > 0 && !terms.empty();) {
      drop_what_reaches_base(i, terms);
      if (terms.empty()) break;
      if (i == 0) return no_rules(terms.begin()->second);
      CAUSAL_GYM_TRY(below, expand(levels_[i], levels_[i - 1].district, terms));
      terms = std::move(below);
    }
    return {};
  }

 private:
  void drop_what_reaches_base(std::size_t level, Terms& terms) {
    std::erase_if(terms, [&](const auto& entry) { return reach_base(level, entry); });
  }

  // Straight to P(v | c), when this is what the machine has for the link.
  bool reach_base(std::size_t level, const std::pair<const NodeId, CausalTerm>& entry) {
    const auto& [v, term] = entry;
    for (const auto& link : levels_[level].kernel.links) {
      if (link.variable != v) continue;
      const auto shortest = simplify(link.expression).expression;
      const auto* p = std::get_if<ProbabilityTerm>(&shortest->term());
      if (p == nullptr) return false;
      const CausalTerm base{NodeSet(p->variables), NodeSet(p->given), {}};
      return level == 0 ? proof_.turn(term, base) : proof_.turn_at_once(term, base);
    }
    return false;
  }

  // Terms for the links of `district` in the ancestral part of `around`, as terms for links of
  // `around`.
  Result<Terms> expand(const Level& level, const NodeSet& around, const Terms& terms) {
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
    Terms result;
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

  // P(v | a) as a ratio of sums of chains over all that comes before v. What comes before the first
  // node that is summed stays a condition.
  void as_ratio(const CausalTerm& term, const NodeSet& earlier, Terms& links) {
    const auto summed = earlier - term.given;
    const auto kept = run_at_start(rows_, earlier, term.given);
    const auto joined = term.given - kept;
    proof_.divide(term, joined);
    std::vector<NodeSet> sides{term.of | joined};
    if (!joined.empty()) sides.push_back(joined);
    for (const auto& of : sides) proof_.sum_over_joint({of, kept, term.done}, summed);
    for (const auto& of : sides) proof_.chain({of | summed, kept, term.done});
    for (const auto& [v, link] : chain_of(rows_, {(earlier | term.of) - kept, kept, term.done}))
      links[v] = link;
  }

  const AdmgRows& rows_;
  std::vector<Level> levels_;
  Proof& proof_;
};

// From the goal to sums over one term P(all that matters | do(x), c): c the conditions that come
// before all else, x what has an arrow into what matters.
Result<CausalTerm> derive_joint(const AdmgRows& rows, const CausalTerm& goal,
                                const IdcAnswer& answer, Proof& proof) {
  const CausalTerm term{goal.of, goal.given - answer.set_instead, goal.done | answer.set_instead};
  if (!proof.turn(goal, term)) return fail(no_rules(goal).error());
  const auto relevant = term.of | term.given | answer.joint.summed;
  const auto kept = run_at_start(rows, relevant, term.given);
  const auto joined = term.given - kept;
  proof.divide(term, joined);
  if (!joined.empty()) proof.sum_over_joint({joined, kept, term.done}, term.of);
  NodeSet parents;
  for (const NodeId v : relevant) parents |= rows.parents[static_cast<std::size_t>(v)];
  const CausalTerm joint{term.of | joined, kept, term.done};
  const CausalTerm effective{joint.of, kept, joint.done & parents};
  if (!proof.turn(joint, effective)) return fail(no_rules(joint).error());
  proof.sum_over_joint(effective, answer.joint.summed);
  return CausalTerm{relevant - kept, kept, effective.done};
}

// Derives the links of all c-factors from the factors of the chain.
class ChainProof {
 public:
  ChainProof(const AdmgRows& rows, const IdcAnswer& answer, const Terms& chain)
      : rows_(rows), within_(answer.joint.ancestral) {
    for (const auto& c_factor : answer.joint.c_factors) {
      parts_.push_back({&c_factor, {}});
      for (const NodeId v : c_factor.kernel.of)
        if (const auto found = chain.find(v); found != chain.end())
          parts_.back().terms.insert(*found);
    }
  }

  void drop_what_reaches_base(Proof& proof) {
    for (auto& part : parts_)
      CFactorProof(rows_, within_, *part.c_factor, proof).drop_what_reaches_base(part.terms);
  }

  // All terms of a c-factor together, so that what they have in common is rewritten once. False
  // when a term of a later one came up on the way, and was rewritten with it: the machine may have
  // another expression for that, equal to it in this graph only.
  Result<bool> run_together(Proof& proof) {
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      std::vector<ExpressionPtr> later;
      for (std::size_t j = i + 1; j < parts_.size(); ++j)
        for (const auto& [v, term] : parts_[j].terms) later.push_back(expression_of(term));
      proof.watch(std::move(later));
      CAUSAL_GYM_CHECKED(
          CFactorProof(rows_, within_, *parts_[i].c_factor, proof).run(parts_[i].terms));
      if (proof.touched()) return false;
    }
    return true;
  }

  // One by one, in the order of the graph: what comes up for a node is of it and earlier ones.
  Status run_one_by_one(Proof& proof) {
    for (const NodeId v : rows_.order)
      for (const auto& part : parts_)
        if (const auto found = part.terms.find(v); found != part.terms.end())
          CAUSAL_GYM_CHECKED(CFactorProof(rows_, within_, *part.c_factor, proof).run({*found}));
    return {};
  }

 private:
  struct Part {
    const CFactorDerivation* c_factor;
    Terms terms;
  };
  const AdmgRows& rows_;
  const NodeSet& within_;
  std::vector<Part> parts_;
};

}  // namespace

Status derive_general(const AdmgRows& rows, const CausalTerm& goal, const IdcAnswer& answer,
                      Proof& proof, const CancellationToken& cancellation) {
  CAUSAL_GYM_TRY(joint, derive_joint(rows, goal, answer, proof));
  proof.chain(joint);
  ChainProof chain(rows, answer, chain_of(rows, joint));
  chain.drop_what_reaches_base(proof);
  CAUSAL_GYM_CHECKED(cancellation.check());
  auto together = proof;
  CAUSAL_GYM_TRY(done, chain.run_together(together));
  if (!done) return chain.run_one_by_one(proof);
  proof = std::move(together);
  return {};
}

}  // namespace causal_gym

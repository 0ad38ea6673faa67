#include "engine/identify/idc.h"

namespace causal_gym {

// The conditions that rule 2 lets be set: each is separated from the outcome by what is done and
// the other conditions when its own outgoing edges are gone. Setting one may free another, never
// bind it (Shpitser & Pearl 2006, theorem 6), so the order of trying does not matter.
NodeSet set_instead_of_seen(const AdmgRows& rows, const NodeSet& x, const NodeSet& y,
                            const NodeSet& z) {
  NodeSet result;
  for (bool changed = true; changed;) {
    changed = false;
    for (const NodeId v : z - result) {
      const auto set = x | result;
      if (!separated({rows, rows.nodes, set, {v}}, {v}, y, (x | z) - NodeSet{v})) continue;
      result.insert(v);
      changed = true;
    }
  }
  return result;
}

// The links that no summed variable ties to y stand above and below the fraction alike.
ExpressionPtr conditional_sum(const NodeSet& summed, const NodeSet& y,
                              const std::vector<KernelLink>& links) {
  const auto summed_below = summed | y;
  std::vector<KernelLink> tied;
  NodeSet reached = y;
  std::vector<bool> taken(links.size(), false);
  for (bool grown = true; grown;) {
    grown = false;
    for (std::size_t i = 0; i < links.size(); ++i) {
      if (taken[i] || !links[i].mentions.intersects(reached)) continue;
      taken[i] = grown = true;
      reached |= links[i].mentions & summed_below;
    }
  }
  for (std::size_t i = 0; i < links.size(); ++i)
    if (taken[i]) tied.push_back(links[i]);
  return fraction(chain_sum(summed & reached, tied), chain_sum(reached, tied));
}

Result<IdcAnswer> identify_by_idc(const AdmgRows& rows, const NodeSet& x, const NodeSet& y,
                                  const NodeSet& z, const Limits& limits,
                                  const CancellationToken& cancellation) {
  IdcAnswer answer;
  answer.set_instead = set_instead_of_seen(rows, x, y, z);
  const auto seen = z - answer.set_instead;
  CAUSAL_GYM_TRY(joint,
                 identify_by_id(rows, x | answer.set_instead, y | seen, limits, cancellation));
  answer.joint = std::move(joint);
  if (answer.joint.hedge) return answer;
  answer.estimand = seen.empty() ? answer.joint.estimand
                                 : conditional_sum(answer.joint.summed, y,
                                                   links_in_order(rows, answer.joint.c_factors));
  return answer;
}

}  // namespace causal_gym

// IDC: P(y | do(x), z) from P(v), or a hedge.
//
// Every condition that may be set instead of seen is (do-calculus rule 2); this largest set is the
// same in whatever order the conditions are tried. What is left is a ratio of two effects, in which
// the c-factors that no summed variable ties to the outcome cancel. Sound and complete.
// Source: Shpitser & Pearl 2006, UAI, "Identification of conditional interventional distributions".
// Cost: |z| separations and that of id.h.
#pragma once

#include "engine/identify/id.h"

namespace causal_gym {

struct IdcAnswer {
  ExpressionPtr estimand;  // null when there is a hedge; not simplified
  NodeSet set_instead;     // the conditions that rule 2 turns into interventions
  IdAnswer joint;          // P(y, rest of z | do(x, set_instead))
};

// x, y, z are disjoint observed nodes, y not empty. Errors: as id.h.
[[nodiscard]] Result<IdcAnswer> identify_by_idc(const AdmgRows& rows, const NodeSet& x,
                                                const NodeSet& y, const NodeSet& z,
                                                const Limits& limits = {},
                                                const CancellationToken& cancellation = {});

// The conditions that rule 2 lets be set instead of seen: the largest such part of z.
[[nodiscard]] NodeSet set_instead_of_seen(const AdmgRows& rows, const NodeSet& x, const NodeSet& y,
                                          const NodeSet& z);

// sum over `summed` of the product of the links, divided by the same summed over y too, without the
// links that no summed variable ties to y. The links are in topological order.
[[nodiscard]] ExpressionPtr conditional_sum(const NodeSet& summed, const NodeSet& y,
                                            const std::vector<KernelLink>& links);

}  // namespace causal_gym

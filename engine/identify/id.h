// ID: P(y | do(x)) from P(v), for sets x and y in an ADMG, or a hedge that shows it impossible.
//
// The effect is a sum over a product of c-factors, one for each district of what matters for the
// outcome once the treatment is cut off; each is sought in the district of P(v) around it. Sound
// and complete.
// Source: Tian & Pearl 2002; Huang & Valtorta 2006; Shpitser & Pearl 2006 (hedges; the lines of
// their ID are the steps here: 2 and 3 prune, 4 splits, 5 fails, 6 and 7 are Identify).
// Cost: O(n^3) operations on sets at most, beside the expression's parts.
#pragma once

#include <optional>
#include <vector>

#include "engine/base/cancellation.h"
#include "engine/identify/c_factor.h"
#include "engine/identify/hedge.h"

namespace causal_gym {

struct IdAnswer {
  ExpressionPtr estimand;  // null when there is a hedge; not simplified
  NodeSet ancestral;       // ancestors of the outcome: nothing else matters
  NodeSet summed;          // what the estimand sums over: those of them that x leaves alone, but y
  std::vector<CFactorDerivation> c_factors;  // whose product is summed
  std::optional<Hedge> hedge;
};

// x and y are disjoint observed nodes, y not empty; x may be empty. The estimand may mention nodes
// beside x and y: it has the same value whatever they are. Errors: cancelled, limit_exceeded (links
// over limits.identification_links).
[[nodiscard]] Result<IdAnswer> identify_by_id(const AdmgRows& rows, const NodeSet& x,
                                              const NodeSet& y, const Limits& limits = {},
                                              const CancellationToken& cancellation = {});

// The links of all c-factors in one topological order.
[[nodiscard]] std::vector<KernelLink> links_in_order(
    const AdmgRows& rows, const std::vector<CFactorDerivation>& c_factors);

}  // namespace causal_gym

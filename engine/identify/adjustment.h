// Covariate adjustment: which sets make P(y | do(x)) = sum over z of P(y | x, z) P(z), and why
// others do not.
//
// Source: Shpitser, VanderWeele & Robins 2010; Perkovic, Textor, Kalisch & Maathuis 2018, JMLR 18
// (generalised adjustment criterion, here for DAGs with latents and ADMGs); van der Zander,
// Liskiewicz & Textor 2019 (minimal sets); Pearl 2009, section 3.3 (back-door criterion). Cost: one
// reachability, O(n + m), for a check.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/cancellation.h"
#include "engine/expression/expression.h"
#include "engine/graph/separation.h"

namespace causal_gym {

struct AdjustmentCheck {
  bool valid = false;
  bool back_door =
      false;           // also satisfies Pearl's back-door criterion: no descendant of x in the set
  std::string reason;  // one sentence, names of the graph in it: why not, or what the set blocks
  std::vector<NodeId>
      forbidden;  // members of the set that lie on, or descend from, a proper causal path
  std::optional<Path> open_path;  // a proper non-causal path that the set leaves open
};

// Errors (all functions here): invalid_argument when x or y is empty, they overlap, the set
// overlaps them, or a member is latent.
[[nodiscard]] Result<AdjustmentCheck> check_adjustment(const Graph& graph, const NodeSet& x,
                                                       const NodeSet& y, const NodeSet& set);

// Nodes that no adjustment set may hold: descendants of nodes (outside x) on proper causal paths
// from x to y.
[[nodiscard]] NodeSet forbidden_nodes(const Graph& graph, const NodeSet& x, const NodeSet& y);

struct AdjustmentLimits {
  NodeSet must;
  NodeSet must_not;
  std::size_t sets = 100;
};

// A minimal valid set, or nullopt when none exists. O(n + m) per candidate member.
[[nodiscard]] Result<std::optional<NodeSet>> find_adjustment_set(const Graph& graph,
                                                                 const NodeSet& x, const NodeSet& y,
                                                                 const NodeSet& must = {},
                                                                 const NodeSet& must_not = {});

struct SetListing {
  std::vector<NodeSet> sets;  // smaller first, then by node order
  bool complete = true;       // false when the limit or a cancellation cut the list
};

// All minimal valid sets. An empty listing means that none exists; a listing of the empty set that
// nothing is needed.
[[nodiscard]] Result<SetListing> minimal_adjustment_sets(
    const Graph& graph, const NodeSet& x, const NodeSet& y, const AdjustmentLimits& options = {},
    const CancellationToken& cancellation = {});

// sum_{z} P(y | x, z) P(z).
[[nodiscard]] ExpressionPtr adjustment_estimand(const NodeSet& x, const NodeSet& y,
                                                const NodeSet& z);

}  // namespace causal_gym

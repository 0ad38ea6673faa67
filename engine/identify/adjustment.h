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
#include "engine/identify/minimal_separators.h"

namespace causal_gym {

struct AdjustmentCheck {
  bool valid = false;
  // Also satisfies Pearl's back-door criterion: no descendant of x in the set, and every path that
  // enters x by an arrowhead, and meets x only there, is blocked.
  bool back_door = false;
  std::string reason;  // one sentence, names of the graph in it: why not, or what the set blocks
  std::vector<NodeId>
      forbidden;  // members of the set that lie on, or descend from, a proper causal path
  std::optional<Path> open_path;  // a proper non-causal path that the set leaves open
};

// Errors (all functions here): invalid_argument when x or y is empty, they overlap, the set
// overlaps them, or a member is latent. A set that descends from x may be valid; one that holds
// forbidden nodes, or leaves a proper non-causal path open, never is: the criterion is complete.
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

// A minimal valid set, the one nearest to y, or nullopt when none exists. Sets hold all of `must`,
// nothing of `must_not` (which may name anything else), and are minimal between these bounds.
// Errors: also invalid_argument when `must` and `must_not` overlap. Cost: O(n^2).
[[nodiscard]] Result<std::optional<NodeSet>> find_adjustment_set(const Graph& graph,
                                                                 const NodeSet& x, const NodeSet& y,
                                                                 const NodeSet& must = {},
                                                                 const NodeSet& must_not = {});

// All minimal valid sets, with polynomial delay from one to the next. An empty listing means that
// none exists; a listing of the empty set that nothing is needed.
[[nodiscard]] Result<SetListing> minimal_adjustment_sets(
    const Graph& graph, const NodeSet& x, const NodeSet& y, const AdjustmentLimits& options = {},
    const CancellationToken& cancellation = {});

// sum_{z} P(y | x, z) P(z); P(y | x) when z is empty.
[[nodiscard]] ExpressionPtr adjustment_estimand(const NodeSet& x, const NodeSet& y,
                                                const NodeSet& z);

}  // namespace causal_gym

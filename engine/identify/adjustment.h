// Covariate adjustment: which sets make P(y | do(x)) = sum over z of P(y | x, z) P(z), and why
// others do not.
//
// Source: Shpitser, VanderWeele & Robins 2010; Perkovic, Textor, Kalisch & Maathuis 2018, JMLR 18
// (generalised adjustment criterion, here for DAGs with latents and ADMGs; canonical set); van der
// Zander, Liskiewicz & Textor 2019 (minimal sets); Pearl 2009, section 3.3 (back-door criterion)
// and 5.3.1 (single-door criterion, for direct effects); Correa & Bareinboim 2017, AAAI (all
// distributions from a selected population); Smucler & Rotnitzky 2022, Journal of Causal Inference
// 10 (least weight: of several the set nearest to y). Cost: one reachability, O(n + m), for a
// check.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/cancellation.h"
#include "engine/expression/expression.h"
#include "engine/graph/minimum_separator.h"
#include "engine/graph/separation.h"
#include "engine/identify/adjustment_problem.h"
#include "engine/identify/minimal_separators.h"

namespace causal_gym {

struct AdjustmentCheck {
  bool valid = false;
  // Also satisfies Pearl's back-door criterion: no descendant of x in the set, and every path that
  // enters x by an arrowhead, and meets x only there, is blocked. For a total effect without
  // selection only.
  bool back_door = false;
  std::string reason;  // one sentence, names of the graph in it: why not, or what the set blocks
  std::vector<NodeId>
      forbidden;  // members of the set that lie on, or descend from, a proper causal path
  // A path from x to y that the set leaves open: proper and not causal for a total effect, any but
  // the edges from x to y for a direct one.
  std::optional<Path> open_path;
  std::optional<Path> selection_path;  // joins y to the selection in spite of the criterion
};

// A total effect in a population seen whole: valid exactly when the formula is right in every
// model; a set that descends from x may be valid, one that holds forbidden nodes, or leaves a
// proper non-causal path open, never is.
// A direct effect: valid exactly when the coefficient of x in the regression of y on x and the set
// is the path coefficient in every linear model (single-door criterion).
// Selected nodes s: valid exactly when sum over z of P(y | x, z, s) P(z | s) is P(y | do(x)) of the
// whole population (generalised adjustment criterion, type 1).
// Errors (all functions here): invalid_argument when x or y is empty, they overlap, the set or the
// selection overlaps them or each other, a member is latent, or a direct effect in a selected
// population is asked for.
[[nodiscard]] Result<AdjustmentCheck> check_adjustment(const Graph& graph, const NodeSet& x,
                                                       const NodeSet& y, const NodeSet& set,
                                                       const AdjustmentScope& scope = {});

// Nodes that no adjustment set may hold. For a total effect: descendants of nodes (outside x) on
// proper causal paths from x to y; for a direct one: descendants of the children of x in y.
[[nodiscard]] NodeSet forbidden_nodes(const Graph& graph, const NodeSet& x, const NodeSet& y,
                                      EffectReach effect = EffectReach::total);

// A minimal valid set, the one nearest to y, or nullopt when none exists. Sets hold all of `must`,
// nothing of `must_not` (which may name anything else), and are minimal between these bounds.
// Errors: also invalid_argument when `must` and `must_not` overlap. Cost: O(n + m).
[[nodiscard]] Result<std::optional<NodeSet>> find_adjustment_set(const Graph& graph,
                                                                 const NodeSet& x, const NodeSet& y,
                                                                 const NodeSet& must = {},
                                                                 const NodeSet& must_not = {},
                                                                 const AdjustmentScope& scope = {});

// All minimal valid sets, with polynomial delay from one to the next. An empty listing means that
// none exists; a listing of the empty set that nothing is needed.
[[nodiscard]] Result<SetListing> minimal_adjustment_sets(
    const Graph& graph, const NodeSet& x, const NodeSet& y, const AdjustmentLimits& options = {},
    const CancellationToken& cancellation = {});

// The canonical set: every ancestor of x, y and the required members that may be in a set. It is
// valid when any set is; nullopt when none is. options.sets does not matter. Cost: O(n + m).
[[nodiscard]] Result<std::optional<NodeSet>> canonical_adjustment_set(
    const Graph& graph, const NodeSet& x, const NodeSet& y, const AdjustmentLimits& options = {});

// A valid set of least weight, the one nearest to y, and its weight beside `must`; nullopt when
// none exists. `weights` holds one number for each node, or is empty when each weighs one
// (graph/minimum_separator.h, also for its errors and cost). options.sets does not matter.
[[nodiscard]] Result<std::optional<WeightedSeparator>> minimum_adjustment_set(
    const Graph& graph, const NodeSet& x, const NodeSet& y, std::span<const double> weights = {},
    const AdjustmentLimits& options = {}, const CancellationToken& cancellation = {});

// sum_{z} P(y | x, z) P(z); P(y | x) when z is empty.
[[nodiscard]] ExpressionPtr adjustment_estimand(const NodeSet& x, const NodeSet& y,
                                                const NodeSet& z);

}  // namespace causal_gym

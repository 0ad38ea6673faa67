#include "engine/identify/adjustment.h"

#include "engine/graph/relations.h"
#include "engine/graph/surgery.h"
#include "engine/identify/effect_sets.h"

namespace causal_gym {
namespace {

std::string forbidden_text(const Graph& graph, const NodeSet& forbidden, EffectReach effect) {
  const bool one = forbidden.size() == 1;
  if (effect == EffectReach::direct)
    return set_text(graph, forbidden) + (one ? " descends" : " descend") + " from the outcome";
  return set_text(graph, forbidden) + (one ? " lies on, or descends from, a causal path"
                                           : " lie on, or descend from, causal paths");
}

std::string reason_of(const Graph& graph, const NodeSet& x, const NodeSet& y, const NodeSet& set,
                      const AdjustmentScope& scope, const AdjustmentCheck& check) {
  const bool direct = scope.effect == EffectReach::direct;
  const auto from_x_to_y = " from " + set_text(graph, x) + " to " + set_text(graph, y);
  if (!check.forbidden.empty()) {
    const NodeSet forbidden{std::span<const NodeId>(check.forbidden)};
    return forbidden_text(graph, forbidden, scope.effect) + (direct ? "" : from_x_to_y);
  }
  if (check.open_path)
    return std::string(direct ? "the path " : "the non-causal path ") +
           path_text(graph, *check.open_path) + " stays open";
  if (check.selection_path)
    return "the path " + path_text(graph, *check.selection_path) +
           " makes the outcome depend on the selection";
  const auto every = (direct ? "every path" : "every non-causal path") + from_x_to_y +
                     (direct ? " but the edge" : "");
  if (set.empty()) return every + " is blocked already";
  return "adjusting for " + set_text(graph, set) + " blocks " + every;
}

// Takes the selected nodes, which are in every separator, out of a set again.
std::optional<NodeSet> unselected(std::optional<NodeSet> set, const AdjustmentScope& scope) {
  if (set) *set -= scope.selected;
  return set;
}

}  // namespace

NodeSet forbidden_nodes(const Graph& graph, const NodeSet& x, const NodeSet& y,
                        EffectReach effect) {
  return descendants(graph, causal_nodes(graph, x, y, effect));
}

Result<AdjustmentCheck> check_adjustment(const Graph& graph, const NodeSet& x, const NodeSet& y,
                                         const NodeSet& set, const AdjustmentScope& scope) {
  CAUSAL_GYM_CHECKED(check_adjustment_arguments(graph, x, y, set, "adjustment set", scope));
  AdjustmentCheck check;
  check.forbidden = (set & forbidden_nodes(graph, x, y, scope.effect)).to_vector();
  const auto rest = without_edges(graph, effect_edges(graph, x, y, scope.effect));
  CAUSAL_GYM_TRY(proper, separation(rest, x, y, set | scope.selected));
  check.open_path = std::move(proper.open_path);
  CAUSAL_GYM_TRY(selection, separation(rest, y, scope.selected, {}));
  check.selection_path = std::move(selection.open_path);
  check.valid = check.forbidden.empty() && !check.open_path && !check.selection_path;
  if (scope.effect == EffectReach::total && scope.selected.empty() &&
      !set.intersects(descendants(graph, x))) {
    // Back-door paths are those that remain when no edge leaves x.
    CAUSAL_GYM_TRY(back_door, separation(cut_outgoing(graph, x), x, y, set));
    check.back_door = back_door.separated;
  }
  check.reason = reason_of(graph, x, y, set, scope, check);
  return check;
}

Result<std::optional<NodeSet>> find_adjustment_set(const Graph& graph, const NodeSet& x,
                                                   const NodeSet& y, const NodeSet& must,
                                                   const NodeSet& must_not,
                                                   const AdjustmentScope& scope) {
  CAUSAL_GYM_TRY(problem, adjustment_problem(graph, x, y, {must, must_not, 1, scope}));
  if (!problem) return std::nullopt;
  return unselected(find_minimal_separator(graph, x, y, problem->bounds, problem->effect), scope);
}

Result<SetListing> minimal_adjustment_sets(const Graph& graph, const NodeSet& x, const NodeSet& y,
                                           const AdjustmentLimits& options,
                                           const CancellationToken& cancellation) {
  CAUSAL_GYM_TRY(problem, adjustment_problem(graph, x, y, options));
  if (!problem) return SetListing{};
  auto listing = list_minimal_separators(graph, x, y, problem->bounds, options.sets, cancellation,
                                         problem->effect);
  for (auto& set : listing.sets) set -= options.scope.selected;
  return listing;
}

Result<std::optional<NodeSet>> canonical_adjustment_set(const Graph& graph, const NodeSet& x,
                                                        const NodeSet& y,
                                                        const AdjustmentLimits& options) {
  CAUSAL_GYM_TRY(problem, adjustment_problem(graph, x, y, options));
  if (!problem) return std::nullopt;
  const auto& [must, may] = problem->bounds;
  // Ancestors along edges that carry the effect are x and its ancestors, or forbidden.
  const auto set = (ancestors(graph, x | y | must) & may) | must;
  const auto rest = without_edges(graph, problem->effect);
  CAUSAL_GYM_TRY(proper, separation(rest, x, y, set));
  if (!proper.separated) return std::nullopt;
  return unselected(set, options.scope);
}

Result<std::optional<WeightedSeparator>> minimum_adjustment_set(
    const Graph& graph, const NodeSet& x, const NodeSet& y, std::span<const double> weights,
    const AdjustmentLimits& options, const CancellationToken& cancellation) {
  CAUSAL_GYM_TRY(problem, adjustment_problem(graph, x, y, options));
  if (!problem) return std::nullopt;
  const auto& [must, may] = problem->bounds;
  const std::vector<double> ones(weights.empty() ? graph.node_count() : 0, 1);
  // The cut nearest to the first pole is found, and the one nearest to y is wanted.
  CAUSAL_GYM_TRY(least, minimum_separator(without_edges(graph, problem->effect), y, x, must, may,
                                          weights.empty() ? ones : weights, cancellation));
  if (least) least->set -= options.scope.selected;
  return least;
}

ExpressionPtr adjustment_estimand(const NodeSet& x, const NodeSet& y, const NodeSet& z) {
  return sum(z.to_vector(), product({probability(y.to_vector(), (x | z).to_vector()),
                                     probability(z.to_vector())}));
}

}  // namespace causal_gym

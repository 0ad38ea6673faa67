#include "engine/identify/optimal_adjustment.h"

#include "engine/graph/relations.h"
#include "engine/identify/effect_sets.h"

namespace causal_gym {
namespace {

// Candidates that share a cell with y: its neighbours once everything else is bridged.
NodeSet nearest_to_outcome(const Graph& graph, const NodeSet& x, const NodeSet& y,
                           const AdjustmentProblem& problem) {
  const PoleGraph poles(graph, x, y, problem.bounds, problem.effect);
  NodeSet nearest;
  for (const CellId cell : poles.y_cells())
    for (const NodeId v : poles.members(cell)) nearest.insert(v);
  return nearest | problem.bounds.must;
}

}  // namespace

std::string_view optimality_name(Optimality optimality) {
  switch (optimality) {
    case Optimality::optimal: return "optimal";
    case Optimality::not_guaranteed: return "not_guaranteed";
    case Optimality::no_valid_set: return "no_valid_set";
  }
  return "";
}

Result<OptimalAdjustment> optimal_adjustment_set(const Graph& graph, const NodeSet& x,
                                                 const NodeSet& y, const NodeSet& must,
                                                 const NodeSet& must_not) {
  CAUSAL_GYM_TRY(problem, adjustment_problem(graph, x, y, {must, must_not, 1, {}}));
  OptimalAdjustment result;
  if (problem)
    result.minimal = find_minimal_separator(graph, x, y, problem->bounds, problem->effect);
  if (!result.minimal) {
    result.reason = "no adjustment set exists";
    return result;
  }
  const bool single = x.size() == 1 && y.size() == 1;
  result.minimal_is_optimal = single;
  const auto seen = graph.observed_nodes() - must_not;
  const bool all_seen = seen == graph.all_nodes() && graph.bidirected_edges().empty();
  const bool all_descend = y.is_subset_of(problem->effect.to);
  const bool all_precede = seen.is_subset_of(ancestors(graph, x | y | must));
  if ((all_seen && all_descend) || (single && all_precede)) {
    result.status = Optimality::optimal;
    result.set = nearest_to_outcome(graph, x, y, *problem);
    result.reason = all_seen
                        ? "nothing is hidden, so that " + set_text(graph, *result.set) +
                              " gives the most precise estimate"
                        : "all that may be adjusted for precedes the treatment, the outcome "
                          "or a required member, so that " +
                              set_text(graph, *result.set) + " gives the most precise estimate";
    return result;
  }
  result.status = Optimality::not_guaranteed;
  // What descends from such an outcome may be adjusted for, and then it tells much of the outcome.
  result.reason = all_seen ? "some outcome does not descend from the treatment: that effect is zero"
                           : "with hidden variables no set need be the most precise in every model";
  result.reason +=
      result.minimal_is_optimal
          ? "; among the minimal sets " + set_text(graph, *result.minimal) + " is"
          : "; " + set_text(graph, *result.minimal) + " is the minimal set nearest to the outcome";
  return result;
}

}  // namespace causal_gym

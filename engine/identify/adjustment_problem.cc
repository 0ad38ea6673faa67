#include "engine/identify/adjustment_problem.h"

#include "engine/graph/relations.h"
#include "engine/graph/separation.h"
#include "engine/identify/effect_sets.h"

namespace causal_gym {
namespace {

constexpr auto selection_role = "selection";

Status check_selection(const Graph& graph, const NodeSet& x, const NodeSet& y, const NodeSet& set,
                       std::string_view role, const AdjustmentScope& scope) {
  if (scope.selected.empty()) return {};
  if (scope.effect == EffectReach::direct)
    return fail(ErrorCode::invalid_argument,
                "the direct effect in a selected population is not answered; ask for the total "
                "effect or without " +
                    set_text(graph, scope.selected));
  CAUSAL_GYM_CHECKED(check_observed(graph, scope.selected, selection_role));
  CAUSAL_GYM_CHECKED(check_disjoint(graph, x, "treatment", scope.selected, selection_role));
  CAUSAL_GYM_CHECKED(check_disjoint(graph, y, "outcome", scope.selected, selection_role));
  return check_disjoint(graph, set, role, scope.selected, selection_role);
}

}  // namespace

Status check_adjustment_arguments(const Graph& graph, const NodeSet& x, const NodeSet& y,
                                  const NodeSet& set, std::string_view role,
                                  const AdjustmentScope& scope) {
  CAUSAL_GYM_CHECKED(check_treatment_and_outcome(graph, x, y));
  CAUSAL_GYM_CHECKED(check_observed(graph, set, role));
  CAUSAL_GYM_CHECKED(check_disjoint(graph, x, "treatment", set, role));
  CAUSAL_GYM_CHECKED(check_disjoint(graph, y, "outcome", set, role));
  return check_selection(graph, x, y, set, role, scope);
}

Result<std::optional<AdjustmentProblem>> adjustment_problem(const Graph& graph, const NodeSet& x,
                                                            const NodeSet& y,
                                                            const AdjustmentLimits& options) {
  const auto& [must, must_not, sets, scope] = options;
  constexpr auto role = "set of required members";
  CAUSAL_GYM_CHECKED(check_adjustment_arguments(graph, x, y, must, role, scope));
  CAUSAL_GYM_CHECKED(check_disjoint(graph, must, role, must_not, "set of excluded members"));
  AdjustmentProblem problem;
  problem.effect = effect_edges(graph, x, y, scope.effect);
  problem.forbidden = descendants(graph, problem.effect.to);
  if (must.intersects(problem.forbidden)) return std::nullopt;
  if (!scope.selected.empty() &&
      connected_nodes(without_edges(graph, problem.effect), y, {}).intersects(scope.selected))
    return std::nullopt;
  problem.bounds.must = must | scope.selected;
  problem.bounds.may = graph.observed_nodes() - problem.forbidden - must_not - x - y;
  return problem;
}

}  // namespace causal_gym

#include "engine/identify/adjustment.h"

#include "engine/graph/relations.h"
#include "engine/graph/surgery.h"
#include "engine/identify/effect_sets.h"

namespace causal_gym {
namespace {

// Nodes outside x on proper causal paths from x to y: directed paths that leave x at their first
// node for good. They descend from x without passing x, and lead to y without passing x.
NodeSet nodes_on_proper_causal_paths(const Graph& graph, const NodeSet& x, const NodeSet& y) {
  const auto below = descendants(cut_incoming(graph, x), x) - x;
  return below & ancestors(cut_outgoing(graph, x), y);
}

// The graph without the first edges of proper causal paths: what is open from x to y in it is open
// by a proper path that is not causal, as long as no forbidden node is conditioned on.
Graph proper_back_door_graph(const Graph& graph, const NodeSet& x, const NodeSet& y) {
  const auto causal = nodes_on_proper_causal_paths(graph, x, y);
  std::vector<Edge> first_edges;
  for (const NodeId from : x)
    for (const NodeId to : graph.children(from))
      if (causal.contains(to)) first_edges.push_back({from, to});
  return remove_directed_edges(graph, first_edges);
}

Status check_arguments(const Graph& graph, const NodeSet& x, const NodeSet& y, const NodeSet& set,
                       std::string_view role) {
  CAUSAL_GYM_CHECKED(check_treatment_and_outcome(graph, x, y));
  CAUSAL_GYM_CHECKED(check_observed(graph, set, role));
  CAUSAL_GYM_CHECKED(check_disjoint(graph, x, "treatment", set, role));
  return check_disjoint(graph, y, "outcome", set, role);
}

std::string reason_of(const Graph& graph, const NodeSet& x, const NodeSet& y, const NodeSet& set,
                      const AdjustmentCheck& check) {
  const auto from_x_to_y = " from " + set_text(graph, x) + " to " + set_text(graph, y);
  if (!check.forbidden.empty()) {
    const NodeSet forbidden{std::span<const NodeId>(check.forbidden)};
    return set_text(graph, forbidden) +
           (forbidden.size() == 1 ? " lies on, or descends from, a causal path"
                                  : " lie on, or descend from, causal paths") +
           from_x_to_y;
  }
  if (check.open_path)
    return "the non-causal path " + path_text(graph, *check.open_path) + " stays open";
  if (set.empty()) return "every non-causal path" + from_x_to_y + " is blocked already";
  return "adjusting for " + set_text(graph, set) + " blocks every non-causal path" + from_x_to_y;
}

// Where an adjustment set may lie, or nullopt when what must be in it is forbidden.
std::optional<SeparatorBounds> adjustment_bounds(const Graph& graph, const NodeSet& x,
                                                 const NodeSet& y, const NodeSet& must,
                                                 const NodeSet& must_not) {
  const auto forbidden = forbidden_nodes(graph, x, y);
  if (must.intersects(forbidden)) return std::nullopt;
  return SeparatorBounds{must, graph.observed_nodes() - forbidden - must_not - x - y};
}

Status check_bounds(const Graph& graph, const NodeSet& x, const NodeSet& y, const NodeSet& must,
                    const NodeSet& must_not) {
  CAUSAL_GYM_CHECKED(check_arguments(graph, x, y, must, "set of required members"));
  return check_disjoint(graph, must, "set of required members", must_not,
                        "set of excluded members");
}

}  // namespace

NodeSet forbidden_nodes(const Graph& graph, const NodeSet& x, const NodeSet& y) {
  return descendants(graph, nodes_on_proper_causal_paths(graph, x, y));
}

Result<AdjustmentCheck> check_adjustment(const Graph& graph, const NodeSet& x, const NodeSet& y,
                                         const NodeSet& set) {
  CAUSAL_GYM_CHECKED(check_arguments(graph, x, y, set, "adjustment set"));
  AdjustmentCheck check;
  check.forbidden = (set & forbidden_nodes(graph, x, y)).to_vector();
  CAUSAL_GYM_TRY(proper, separation(proper_back_door_graph(graph, x, y), x, y, set));
  check.open_path = std::move(proper.open_path);
  check.valid = check.forbidden.empty() && !check.open_path;
  if (!set.intersects(descendants(graph, x))) {
    // Back-door paths are those that remain when no edge leaves x.
    CAUSAL_GYM_TRY(back_door, separation(cut_outgoing(graph, x), x, y, set));
    check.back_door = back_door.separated;
  }
  check.reason = reason_of(graph, x, y, set, check);
  return check;
}

Result<std::optional<NodeSet>> find_adjustment_set(const Graph& graph, const NodeSet& x,
                                                   const NodeSet& y, const NodeSet& must,
                                                   const NodeSet& must_not) {
  CAUSAL_GYM_CHECKED(check_bounds(graph, x, y, must, must_not));
  const auto bounds = adjustment_bounds(graph, x, y, must, must_not);
  if (!bounds) return std::nullopt;
  return find_minimal_separator(proper_back_door_graph(graph, x, y), x, y, *bounds);
}

Result<SetListing> minimal_adjustment_sets(const Graph& graph, const NodeSet& x, const NodeSet& y,
                                           const AdjustmentLimits& options,
                                           const CancellationToken& cancellation) {
  CAUSAL_GYM_CHECKED(check_bounds(graph, x, y, options.must, options.must_not));
  const auto bounds = adjustment_bounds(graph, x, y, options.must, options.must_not);
  if (!bounds) return SetListing{};
  return list_minimal_separators(proper_back_door_graph(graph, x, y), x, y, *bounds, options.sets,
                                 cancellation);
}

ExpressionPtr adjustment_estimand(const NodeSet& x, const NodeSet& y, const NodeSet& z) {
  return sum(z.to_vector(), product({probability(y.to_vector(), (x | z).to_vector()),
                                     probability(z.to_vector())}));
}

}  // namespace causal_gym

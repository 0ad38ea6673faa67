#include "engine/identify/optimal_instruments.h"

#include "engine/base/check.h"
#include "engine/graph/effect_edges.h"
#include "engine/graph/relations.h"
#include "engine/graph/separation.h"
#include "engine/graph/surgery.h"
#include "engine/identify/effect_sets.h"

namespace causal_gym {
namespace {

// The district of v without `other`, and its parents; v and `other` themselves left out.
NodeSet district_and_parents(const Graph& graph, NodeId v, NodeId other) {
  for (const auto& district : districts(graph, graph.all_nodes() - NodeSet{other}))
    if (district.contains(v)) return (district | parents(graph, district)) - NodeSet{v, other};
  return {};
}

// The graph over the observed nodes outside `hidden`.
Result<Graph> project_out(const Graph& graph, const NodeSet& hidden, const Limits& limits) {
  std::vector<Node> nodes(graph.nodes().begin(), graph.nodes().end());
  for (const NodeId v : hidden) nodes[static_cast<std::size_t>(v)].latent = true;
  CAUSAL_GYM_TRY(
      marked, Graph::create(
                  std::move(nodes), {graph.directed_edges().begin(), graph.directed_edges().end()},
                  {graph.bidirected_edges().begin(), graph.bidirected_edges().end()}, limits));
  return latent_projection(marked, limits);
}

// The same nodes, by name, in another graph.
NodeSet in_graph(const Graph& graph, const Graph& from, const NodeSet& nodes) {
  NodeSet result;
  for (const NodeId v : nodes) {
    const auto same = graph.find(from.name(v));
    CHECK(same.has_value());
    result.insert(*same);
  }
  return result;
}

Result<bool> valid_pair(const Graph& graph, NodeId x, NodeId y, const EdgeCut& effect,
                        const OptimalInstruments& pair) {
  CAUSAL_GYM_TRY(relevance, separation(graph, pair.instruments, {x}, pair.given));
  CAUSAL_GYM_TRY(exclusion,
                 separation(without_edges(graph, effect), pair.instruments, {y}, pair.given));
  return !relevance.separated && exclusion.separated;
}

}  // namespace

Result<std::optional<OptimalInstruments>> optimal_instruments(const Graph& graph, NodeId x,
                                                              NodeId y, const Limits& limits) {
  CAUSAL_GYM_CHECKED(check_treatment_and_outcome(graph, {x}, {y}));
  const auto effect = effect_edges(graph, {x}, {y});
  // Without an effect, what descends from y may be used, and then it tells much of y.
  if (effect.to.empty()) return std::nullopt;
  const auto hidden = descendants(graph, {x}) - NodeSet{x, y};
  CAUSAL_GYM_TRY(seen, project_out(graph, hidden, limits));
  CAUSAL_GYM_TRY(x_seen, seen.require(graph.name(x)));
  CAUSAL_GYM_TRY(y_seen, seen.require(graph.name(y)));
  const auto given = district_and_parents(seen, y_seen, x_seen);
  const auto instruments = district_and_parents(seen, x_seen, y_seen) - given;
  NodeSet at_x{seen.parents(x_seen)};
  at_x |= NodeSet{seen.spouses(x_seen)};
  if (!instruments.intersects(at_x)) return std::nullopt;
  OptimalInstruments pair{in_graph(graph, seen, instruments), in_graph(graph, seen, given)};
  CAUSAL_GYM_TRY(valid, valid_pair(graph, x, y, effect, pair));
  if (!valid) return std::nullopt;
  return pair;
}

}  // namespace causal_gym

#include "engine/graph/markov_blanket.h"

#include "engine/graph/relations.h"
#include "engine/graph/surgery.h"

namespace causal_gym {
namespace {

// Everything that bidirected edges inside `within` join to the set, the set included.
NodeSet district_of(const Graph& graph, const NodeSet& set, const NodeSet& within) {
  NodeSet reached = set;
  auto frontier = set.to_vector();
  while (!frontier.empty()) {
    const NodeId v = frontier.back();
    frontier.pop_back();
    for (const NodeId w : graph.spouses(v)) {
      if (reached.contains(w) || !within.contains(w)) continue;
      reached.insert(w);
      frontier.push_back(w);
    }
  }
  return reached;
}

// Neighbours in the augmented graph: a path of colliders from v runs v <-> .. <-> w, or begins with
// v -> c, or ends with d <- w.
NodeSet joined_by_colliders(const Graph& graph, const NodeSet& of) {
  const auto district = district_of(graph, of | children(graph, of), graph.all_nodes());
  return (district | parents(graph, district)) - of;
}

}  // namespace

Result<NodeSet> markov_blanket(const Graph& graph, const NodeSet& of, const Limits& limits) {
  for (const NodeId v : of) {
    if (static_cast<std::size_t>(v) >= graph.node_count())
      return fail(ErrorCode::invalid_argument,
                  "a Markov blanket is asked of a node that is not in the graph");
    if (graph.is_latent(v))
      return fail(ErrorCode::invalid_argument,
                  "'" + graph.name(v) + "' is latent and has no Markov blanket of observed nodes");
  }
  if (graph.latent_nodes().empty()) return joined_by_colliders(graph, of);
  CAUSAL_GYM_TRY(projection, latent_projection(graph, limits));
  const auto observed = graph.observed_nodes().to_vector();
  NodeSet among_observed;
  for (std::size_t i = 0; i < observed.size(); ++i)
    if (of.contains(observed[i])) among_observed.insert(static_cast<NodeId>(i));
  NodeSet blanket;
  for (const NodeId w : joined_by_colliders(projection, among_observed))
    blanket.insert(observed[static_cast<std::size_t>(w)]);
  return blanket;
}

NodeSet district_blanket(const Graph& graph, const NodeSet& of) {
  const auto district = district_of(graph, of, graph.all_nodes());
  return (district | parents(graph, district)) - of;
}

NodeSet markov_pillow(const Graph& graph, const NodeSet& of, std::span<const NodeId> order) {
  NodeSet before;
  auto left = of;
  for (const NodeId v : order) {
    if (left.empty()) break;
    before.insert(v);
    left.erase(v);
  }
  const auto district = district_of(graph, of, before);
  return (district | (parents(graph, district) & before)) - of;
}

}  // namespace causal_gym

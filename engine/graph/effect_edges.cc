#include "engine/graph/effect_edges.h"

#include "engine/graph/relations.h"
#include "engine/graph/surgery.h"

namespace causal_gym {
namespace {

using Row = std::span<const NodeId> (Graph::*)(NodeId) const;

// Everything that steps of `row` from the start lead to without entering `avoided`.
NodeSet reached_without(const Graph& graph, const NodeSet& start, Row row, const NodeSet& avoided) {
  NodeSet reached;
  auto frontier = start.to_vector();
  while (!frontier.empty()) {
    const NodeId v = frontier.back();
    frontier.pop_back();
    for (const NodeId next : (graph.*row)(v)) {
      if (avoided.contains(next) || reached.contains(next)) continue;
      reached.insert(next);
      frontier.push_back(next);
    }
  }
  return reached;
}

}  // namespace

NodeSet causal_nodes(const Graph& graph, const NodeSet& x, const NodeSet& y, EffectReach effect) {
  if (effect == EffectReach::direct) return children(graph, x) & y;
  // A proper causal path meets x only at its first node.
  const auto below = reached_without(graph, x, &Graph::children, x);
  return below & (reached_without(graph, y, &Graph::parents, x) | y);
}

EdgeCut effect_edges(const Graph& graph, const NodeSet& x, const NodeSet& y, EffectReach effect) {
  return {x, causal_nodes(graph, x, y, effect)};
}

Graph without_edges(const Graph& graph, const EdgeCut& cut) {
  std::vector<Edge> edges;
  for (const NodeId from : cut.from)
    for (const NodeId to : graph.children(from))
      if (cut.to.contains(to)) edges.push_back({from, to});
  return remove_directed_edges(graph, edges);
}

NodeSet ancestors_without(const Graph& graph, const EdgeCut& cut, const NodeSet& of) {
  auto reached = of;
  auto frontier = of.to_vector();
  while (!frontier.empty()) {
    const NodeId v = frontier.back();
    frontier.pop_back();
    for (const NodeId parent : graph.parents(v)) {
      if (cut.cuts(parent, v) || reached.contains(parent)) continue;
      reached.insert(parent);
      frontier.push_back(parent);
    }
  }
  return reached;
}

}  // namespace causal_gym

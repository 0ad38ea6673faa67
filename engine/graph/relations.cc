#include "engine/graph/relations.h"

namespace causal_gym {
namespace {

using Row = std::span<const NodeId> (Graph::*)(NodeId) const;

// Everything that following `row` from the start leads to, the start included.
NodeSet closure(const Graph& graph, const NodeSet& start, Row row) {
  NodeSet reached = start;
  std::vector<NodeId> frontier = start.to_vector();
  while (!frontier.empty()) {
    const NodeId v = frontier.back();
    frontier.pop_back();
    for (const NodeId next : (graph.*row)(v)) {
      if (reached.contains(next)) continue;
      reached.insert(next);
      frontier.push_back(next);
    }
  }
  return reached;
}

NodeSet neighbours(const Graph& graph, const NodeSet& of, Row row) {
  NodeSet result;
  for (const NodeId v : of)
    for (const NodeId next : (graph.*row)(v)) result.insert(next);
  return result - of;
}

}  // namespace

NodeSet ancestors(const Graph& graph, const NodeSet& of) {
  return closure(graph, of, &Graph::parents);
}

NodeSet descendants(const Graph& graph, const NodeSet& of) {
  return closure(graph, of, &Graph::children);
}

NodeSet parents(const Graph& graph, const NodeSet& of) {
  return neighbours(graph, of, &Graph::parents);
}

NodeSet children(const Graph& graph, const NodeSet& of) {
  return neighbours(graph, of, &Graph::children);
}

std::vector<NodeSet> districts(const Graph& graph) { return districts(graph, graph.all_nodes()); }

std::vector<NodeSet> districts(const Graph& graph, const NodeSet& within) {
  std::vector<NodeSet> result;
  NodeSet seen;
  for (const NodeId start : within) {
    if (seen.contains(start)) continue;
    seen.insert(start);
    NodeSet district;
    std::vector<NodeId> frontier{start};
    while (!frontier.empty()) {
      const NodeId v = frontier.back();
      frontier.pop_back();
      district.insert(v);
      for (const NodeId next : graph.spouses(v)) {
        if (seen.contains(next) || !within.contains(next)) continue;
        seen.insert(next);
        frontier.push_back(next);
      }
    }
    result.push_back(std::move(district));
  }
  return result;
}

}  // namespace causal_gym

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
  const auto number = district_numbers(graph, within);
  for (const NodeId v : within) {
    const auto district = static_cast<std::size_t>(number[static_cast<std::size_t>(v)]);
    if (district == result.size()) result.emplace_back();
    result[district].insert(v);
  }
  return result;
}

std::vector<std::int32_t> district_numbers(const Graph& graph, const NodeSet& within) {
  constexpr std::int32_t outside = -1;
  constexpr std::int32_t waiting = -2;
  std::vector<std::int32_t> number(graph.node_count(), outside);
  for (const NodeId v : within) number[static_cast<std::size_t>(v)] = waiting;
  std::int32_t next = 0;
  std::vector<NodeId> frontier;
  for (const NodeId start : within) {
    if (number[static_cast<std::size_t>(start)] != waiting) continue;
    number[static_cast<std::size_t>(start)] = next;
    frontier.push_back(start);
    while (!frontier.empty()) {
      const NodeId v = frontier.back();
      frontier.pop_back();
      for (const NodeId spouse : graph.spouses(v)) {
        auto& of_spouse = number[static_cast<std::size_t>(spouse)];
        if (of_spouse != waiting) continue;
        of_spouse = next;
        frontier.push_back(spouse);
      }
    }
    ++next;
  }
  return number;
}

}  // namespace causal_gym

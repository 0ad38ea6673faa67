#include "engine/graph/back_door_graph.h"

#include "engine/graph/effect_edges.h"

namespace causal_gym {

NodeSet nodes_on_proper_causal_paths(const Graph& graph, const NodeSet& x, const NodeSet& y) {
  return causal_nodes(graph, x, y);
}

Graph proper_back_door_graph(const Graph& graph, const NodeSet& x, const NodeSet& y) {
  return without_edges(graph, effect_edges(graph, x, y));
}

Graph indirect_graph(const Graph& graph, const NodeSet& x, const NodeSet& y) {
  return without_edges(graph, {x, y});
}

}  // namespace causal_gym

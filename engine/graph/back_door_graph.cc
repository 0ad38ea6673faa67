#include "engine/graph/back_door_graph.h"

#include "engine/graph/relations.h"
#include "engine/graph/surgery.h"

namespace causal_gym {
namespace {

Graph without_edges_between(const Graph& graph, const NodeSet& from, const NodeSet& to) {
  std::vector<Edge> edges;
  for (const NodeId v : from)
    for (const NodeId w : graph.children(v))
      if (to.contains(w)) edges.push_back({v, w});
  return remove_directed_edges(graph, edges);
}

}  // namespace

NodeSet nodes_on_proper_causal_paths(const Graph& graph, const NodeSet& x, const NodeSet& y) {
  // They descend from x without passing x again, and lead to y without passing x.
  const auto below = descendants(cut_incoming(graph, x), x) - x;
  return below & ancestors(cut_outgoing(graph, x), y);
}

Graph proper_back_door_graph(const Graph& graph, const NodeSet& x, const NodeSet& y) {
  return without_edges_between(graph, x, nodes_on_proper_causal_paths(graph, x, y));
}

Graph indirect_graph(const Graph& graph, const NodeSet& x, const NodeSet& y) {
  return without_edges_between(graph, x, y);
}

}  // namespace causal_gym

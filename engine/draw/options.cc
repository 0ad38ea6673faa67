#include "engine/draw/options.h"

#include "engine/graph/text.h"

namespace causal_gym {
namespace {

std::string edge_text(const Graph& graph, const Edge& edge, std::string_view joint) {
  return "'" + quoted_name(graph.name(edge.from)) + std::string(joint) +
         quoted_name(graph.name(edge.to)) + "'";
}

Status check_nodes(const Graph& graph, const NodeSet& nodes, std::string_view what) {
  for (const NodeId v : nodes)
    if (static_cast<std::size_t>(v) >= graph.node_count())
      return fail(ErrorCode::invalid_argument, "node " + std::to_string(v) + " of " +
                                                   std::string(what) + " is not in the graph");
  return {};
}

Status check_edges(const Graph& graph, const std::vector<Edge>& edges, bool bidirected,
                   std::string_view what) {
  for (const auto& edge : edges) {
    for (const NodeId v : {edge.from, edge.to})
      if (v < 0 || static_cast<std::size_t>(v) >= graph.node_count())
        return fail(ErrorCode::invalid_argument, "node " + std::to_string(v) + " of " +
                                                     std::string(what) + " is not in the graph");
    const bool found = bidirected ? graph.has_bidirected_edge(edge.from, edge.to)
                                  : graph.has_edge(edge.from, edge.to);
    if (!found)
      return fail(ErrorCode::invalid_argument,
                  "the edge " + edge_text(graph, edge, bidirected ? " <-> " : " -> ") + " of " +
                      std::string(what) + " is not in the graph");
  }
  return {};
}

}  // namespace

DrawOptions with_intervention(const Graph& graph, const NodeSet& set, DrawOptions options) {
  for (const NodeId v : set) {
    if (options.intervened.contains(v)) continue;
    for (const NodeId parent : graph.parents(v)) options.cut.push_back({parent, v});
  }
  options.intervened |= set;
  return options;
}

DrawOptions with_path(const Path& path, DrawOptions options) {
  for (std::size_t i = 0; i < path.steps.size(); ++i) {
    const Edge edge{path.nodes[i], path.nodes[i + 1]};
    switch (path.steps[i]) {
      case Step::forward: options.highlighted_edges.push_back(edge); break;
      case Step::backward: options.highlighted_edges.push_back({edge.to, edge.from}); break;
      case Step::bidirected: options.highlighted_bidirected.push_back(edge); break;
    }
    if (i > 0) options.highlighted.insert(edge.from);
  }
  return options;
}

Status check_draw_options(const Graph& graph, const DrawOptions& options) {
  CAUSAL_GYM_CHECKED(check_nodes(graph, options.highlighted, "the highlighted nodes"));
  CAUSAL_GYM_CHECKED(check_nodes(graph, options.intervened, "the intervened nodes"));
  CAUSAL_GYM_CHECKED(check_nodes(graph, options.conditioned, "the conditioned nodes"));
  CAUSAL_GYM_CHECKED(check_nodes(graph, options.selection, "the selection nodes"));
  CAUSAL_GYM_CHECKED(check_edges(graph, options.cut, false, "the cut edges"));
  CAUSAL_GYM_CHECKED(check_edges(graph, options.highlighted_edges, false, "the highlighted edges"));
  CAUSAL_GYM_CHECKED(
      check_edges(graph, options.highlighted_bidirected, true, "the highlighted edges"));
  if (options.labels.size() > graph.node_count())
    return fail(ErrorCode::invalid_argument, std::to_string(options.labels.size()) +
                                                 " labels for a graph of " +
                                                 std::to_string(graph.node_count()) + " nodes");
  return {};
}

}  // namespace causal_gym

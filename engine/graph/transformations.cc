#include "engine/graph/transformations.h"

#include <algorithm>

#include "engine/graph/relations.h"
#include "engine/graph/separation.h"
#include "engine/graph/surgery.h"

namespace causal_gym {
namespace {

std::vector<Node> copy_nodes(const Graph& graph) {
  return {graph.nodes().begin(), graph.nodes().end()};
}

std::vector<Edge> copy_edges(std::span<const Edge> edges) { return {edges.begin(), edges.end()}; }

// Strict descendants of each node.
std::vector<NodeSet> all_descendants(const Graph& graph) {
  std::vector<NodeSet> below(graph.node_count());
  const auto order = graph.topological_order();
  for (auto place = order.rbegin(); place != order.rend(); ++place) {
    auto& set = below[static_cast<std::size_t>(*place)];
    for (const NodeId child : graph.children(*place)) {
      set |= below[static_cast<std::size_t>(child)];
      set.insert(child);
    }
  }
  return below;
}

}  // namespace

Result<Graph> canonical_dag(const Graph& graph, const Limits& limits) {
  auto nodes = copy_nodes(graph);
  auto directed = copy_edges(graph.directed_edges());
  std::size_t number = 0;
  for (const auto& [a, b] : graph.bidirected_edges()) {
    Node latent;
    latent.latent = true;
    do latent.name = "L" + std::to_string(++number);
    while (graph.find(latent.name));
    const auto id = static_cast<NodeId>(nodes.size());
    nodes.push_back(std::move(latent));
    directed.push_back({id, a});
    directed.push_back({id, b});
  }
  return Graph::create(std::move(nodes), std::move(directed), {}, limits);
}

Result<Graph> transitive_closure(const Graph& graph, const Limits& limits) {
  const auto below = all_descendants(graph);
  std::vector<Edge> directed;
  for (std::size_t i = 0; i < below.size(); ++i) {
    for (const NodeId w : below[i]) directed.push_back({static_cast<NodeId>(i), w});
    CAUSAL_GYM_CHECKED(
        check_limit("edges of the transitive closure", directed.size(), limits.edges));
  }
  return Graph::create(copy_nodes(graph), std::move(directed), copy_edges(graph.bidirected_edges()),
                       limits);
}

Graph transitive_reduction(const Graph& graph) {
  const auto below = all_descendants(graph);
  std::vector<Edge> shortcuts;
  for (std::size_t i = 0; i < below.size(); ++i) {
    const auto v = static_cast<NodeId>(i);
    NodeSet beyond;
    for (const NodeId child : graph.children(v)) beyond |= below[static_cast<std::size_t>(child)];
    for (const NodeId child : graph.children(v))
      if (beyond.contains(child)) shortcuts.push_back({v, child});
  }
  return remove_directed_edges(graph, shortcuts);
}

Result<Graph> trek_graph(const Graph& graph, const Limits& limits) {
  std::vector<Node> nodes;
  std::vector<Edge> directed;
  const auto up = [](NodeId v) { return 2 * v; };
  const auto down = [](NodeId v) { return 2 * v + 1; };
  for (std::size_t i = 0; i < graph.node_count(); ++i) {
    const auto v = static_cast<NodeId>(i);
    nodes.emplace_back().name = "up_" + graph.name(v);
    nodes.emplace_back().name = "dw_" + graph.name(v);
    directed.push_back({up(v), down(v)});
  }
  for (const auto& [a, b] : graph.directed_edges()) {
    directed.push_back({up(b), up(a)});
    directed.push_back({down(a), down(b)});
  }
  for (const auto& [a, b] : graph.bidirected_edges()) {
    directed.push_back({up(a), down(b)});
    directed.push_back({up(b), down(a)});
  }
  return Graph::create(std::move(nodes), std::move(directed), {}, limits);
}

Result<Graph> maximal_ancestral_graph(const Graph& graph, const Limits& limits,
                                      const CancellationToken& cancellation) {
  const auto observed = graph.observed_nodes().to_vector();
  std::vector<Node> nodes;
  nodes.reserve(observed.size());
  for (const NodeId v : observed) nodes.push_back(graph.nodes()[static_cast<std::size_t>(v)]);
  const auto below = all_descendants(graph);
  std::vector<Edge> directed;
  std::vector<Edge> bidirected;
  for (std::size_t i = 0; i < observed.size(); ++i) {
    CAUSAL_GYM_CHECKED(cancellation.check());
    for (std::size_t j = i + 1; j < observed.size(); ++j) {
      const NodeSet ends = {observed[i], observed[j]};
      // If any set separates the two, their observed ancestors do.
      const auto given = (ancestors(graph, ends) & graph.observed_nodes()) - ends;
      CAUSAL_GYM_TRY(answer, separation(graph, {observed[i]}, {observed[j]}, given));
      if (answer.separated) continue;
      const auto a = static_cast<NodeId>(i);
      const auto b = static_cast<NodeId>(j);
      if (below[static_cast<std::size_t>(observed[i])].contains(observed[j]))
        directed.push_back({a, b});
      else if (below[static_cast<std::size_t>(observed[j])].contains(observed[i]))
        directed.push_back({b, a});
      else
        bidirected.push_back({a, b});
    }
    CAUSAL_GYM_CHECKED(check_limit("edges of the maximal ancestral graph",
                                   directed.size() + bidirected.size(), limits.edges));
  }
  return Graph::create(std::move(nodes), std::move(directed), std::move(bidirected), limits);
}

}  // namespace causal_gym

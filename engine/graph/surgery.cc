#include "engine/graph/surgery.h"

#include <algorithm>
#include <limits>
#include <set>

#include "engine/base/check.h"
#include "engine/graph/relations.h"

namespace causal_gym {
namespace {

// A part of a valid graph is valid: no limit applies and nothing can fail.
Graph rebuild(std::vector<Node> nodes, std::vector<Edge> directed, std::vector<Edge> bidirected) {
  constexpr auto unlimited = std::numeric_limits<std::size_t>::max();
  Limits limits;
  limits.nodes = limits.edges = limits.name_length = unlimited;
  auto graph = Graph::create(std::move(nodes), std::move(directed), std::move(bidirected), limits);
  CHECK(graph.has_value());
  return *std::move(graph);
}

template <class Keep>
std::vector<Edge> edges_where(std::span<const Edge> edges, const Keep& keep) {
  std::vector<Edge> kept;
  std::copy_if(edges.begin(), edges.end(), std::back_inserter(kept), keep);
  return kept;
}

std::vector<Node> copy_nodes(const Graph& graph) {
  return {graph.nodes().begin(), graph.nodes().end()};
}

// New ids 0.. of the kept nodes; -1 for the others.
std::vector<NodeId> renumber(const Graph& graph, const NodeSet& keep) {
  std::vector<NodeId> new_id(graph.node_count(), -1);
  NodeId next = 0;
  for (const NodeId v : keep) new_id[static_cast<std::size_t>(v)] = next++;
  return new_id;
}

std::vector<Node> kept_nodes(const Graph& graph, const NodeSet& keep) {
  std::vector<Node> nodes;
  for (const NodeId v : keep) nodes.push_back(graph.nodes()[static_cast<std::size_t>(v)]);
  return nodes;
}

std::vector<Edge> kept_edges(std::span<const Edge> edges, std::span<const NodeId> new_id) {
  std::vector<Edge> kept;
  for (const auto& edge : edges) {
    const Edge renamed{new_id[static_cast<std::size_t>(edge.from)],
                       new_id[static_cast<std::size_t>(edge.to)]};
    if (renamed.from >= 0 && renamed.to >= 0) kept.push_back(renamed);
  }
  return kept;
}

// Reusable marks: `next_round` forgets all of them in O(1).
class Marks {
 public:
  explicit Marks(std::size_t count) : round_of_(count, 0) {}
  void next_round() { ++round_; }
  // True when v was not marked in this round.
  bool mark(NodeId v) {
    auto& round = round_of_[static_cast<std::size_t>(v)];
    return std::exchange(round, round_) != round_;
  }

 private:
  std::vector<std::uint32_t> round_of_;
  std::uint32_t round_ = 0;
};

// The searches of the latent projection, one start at a time; buffers are kept between starts.
class ProjectionSearch {
 public:
  explicit ProjectionSearch(const Graph& graph)
      : graph_(graph), climbed_(graph.node_count()), descended_(graph.node_count()) {}

  // The observed nodes that a directed path from a reaches with only latent nodes inside;
  // increasing.
  const std::vector<NodeId>& effects(NodeId a) {
    begin();
    for (const NodeId child : graph_.children(a)) descend(child);
    return finish();
  }

  // The observed nodes b > a with a trek a <- ... -> b: arrowheads at both ends, only latent nodes
  // inside, no collider, so that it climbs to a latent node or a bidirected edge and then descends;
  // increasing.
  const std::vector<NodeId>& partners(NodeId a) {
    begin();
    climb_from(a);
    while (!up_.empty()) {
      const NodeId latent = up_.back();
      up_.pop_back();
      climb_from(latent);
      for (const NodeId child : graph_.children(latent)) descend(child);
    }
    finish();
    std::erase_if(reached_, [&](NodeId b) { return b <= a; });
    return reached_;
  }

 private:
  void begin() {
    climbed_.next_round();
    descended_.next_round();
    reached_.clear();
  }
  void climb_from(NodeId v) {
    for (const NodeId parent : graph_.parents(v))
      if (graph_.is_latent(parent) && climbed_.mark(parent)) up_.push_back(parent);
    for (const NodeId spouse : graph_.spouses(v)) descend(spouse);
  }
  void descend(NodeId v) {
    if (descended_.mark(v)) (graph_.is_latent(v) ? down_ : reached_).push_back(v);
  }
  const std::vector<NodeId>& finish() {
    while (!down_.empty()) {
      const NodeId latent = down_.back();
      down_.pop_back();
      for (const NodeId child : graph_.children(latent)) descend(child);
    }
    std::sort(reached_.begin(), reached_.end());
    return reached_;
  }

  const Graph& graph_;
  Marks climbed_;
  Marks descended_;
  std::vector<NodeId> up_;
  std::vector<NodeId> down_;
  std::vector<NodeId> reached_;
};

}  // namespace

Graph cut_incoming(const Graph& graph, const NodeSet& into) {
  return rebuild(copy_nodes(graph),
                 edges_where(graph.directed_edges(),
                             [&](const Edge& edge) { return !into.contains(edge.to); }),
                 edges_where(graph.bidirected_edges(), [&](const Edge& edge) {
                   return !into.contains(edge.from) && !into.contains(edge.to);
                 }));
}

Graph cut_outgoing(const Graph& graph, const NodeSet& out_of) {
  return rebuild(copy_nodes(graph),
                 edges_where(graph.directed_edges(),
                             [&](const Edge& edge) { return !out_of.contains(edge.from); }),
                 {graph.bidirected_edges().begin(), graph.bidirected_edges().end()});
}

Graph remove_directed_edges(const Graph& graph, std::span<const Edge> edges) {
  std::set<std::pair<NodeId, NodeId>> removed;
  for (const auto& [from, to] : edges) removed.emplace(from, to);
  return rebuild(copy_nodes(graph),
                 edges_where(graph.directed_edges(),
                             [&](const Edge& edge) {
                               return !removed.contains({edge.from, edge.to});
                             }),
                 {graph.bidirected_edges().begin(), graph.bidirected_edges().end()});
}

Graph induced_subgraph(const Graph& graph, const NodeSet& keep) {
  const auto kept = keep & graph.all_nodes();
  const auto new_id = renumber(graph, kept);
  return rebuild(kept_nodes(graph, kept), kept_edges(graph.directed_edges(), new_id),
                 kept_edges(graph.bidirected_edges(), new_id));
}

Graph ancestral_graph(const Graph& graph, const NodeSet& of) {
  return induced_subgraph(graph, ancestors(graph, of));
}

Result<Graph> numbered_like(const Graph& graph, const Graph& like) {
  for (const auto& node : like.nodes())
    CAUSAL_GYM_CHECKED(graph.require(node.name).map([](auto) {}));
  std::vector<NodeId> new_id;
  std::vector<Node> nodes(graph.node_count());
  for (const auto& node : graph.nodes()) {
    CAUSAL_GYM_TRY(id, like.require(node.name));
    new_id.push_back(id);
    nodes[static_cast<std::size_t>(id)] = node;
  }
  return rebuild(std::move(nodes), kept_edges(graph.directed_edges(), new_id),
                 kept_edges(graph.bidirected_edges(), new_id));
}

Result<Graph> latent_projection(const Graph& graph, const Limits& limits) {
  const auto observed = graph.observed_nodes();
  const auto new_id = renumber(graph, observed);
  const auto renamed = [&](NodeId v) { return new_id[static_cast<std::size_t>(v)]; };
  std::vector<Edge> directed;
  std::vector<Edge> bidirected;
  ProjectionSearch search(graph);
  for (const NodeId a : observed) {
    for (const NodeId b : search.effects(a)) directed.push_back({renamed(a), renamed(b)});
    for (const NodeId b : search.partners(a)) bidirected.push_back({renamed(a), renamed(b)});
    CAUSAL_GYM_CHECKED(check_limit("edges of the latent projection",
                                   directed.size() + bidirected.size(), limits.edges));
  }
  return Graph::create(kept_nodes(graph, observed), std::move(directed), std::move(bidirected),
                       limits);
}

}  // namespace causal_gym

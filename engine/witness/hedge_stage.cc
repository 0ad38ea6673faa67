#include "engine/witness/hedge_stage.h"

#include <algorithm>

#include "engine/graph/relations.h"
#include "engine/graph/surgery.h"
#include "engine/graph/transformations.h"

namespace causal_gym {
namespace {

// The edges of a shortest trek (no collider) between `from` and the goals that avoids `closed`;
// empty when there is none. The graph has no bidirected edges; steps go up, then down.
EdgeSet shortest_trek(const Graph& graph, NodeId from, const NodeSet& goals,
                      const NodeSet& closed) {
  struct Visit {
    NodeId node;
    bool down;
    std::size_t before;  // its place in the queue; its own for the start
  };
  std::vector<Visit> queue{{from, false, 0}};
  std::array<NodeSet, 2> seen{NodeSet{from}, NodeSet{from}};  // going up, going down
  for (std::size_t i = 0; i < queue.size(); ++i) {
    const auto [v, down, before] = queue[i];
    if (goals.contains(v)) {
      EdgeSet edges;
      for (auto at = i; at > 0; at = queue[at].before) {
        const auto here = queue[at].node;
        const auto there = queue[queue[at].before].node;
        edges.insert(queue[at].down ? std::pair(there, here) : std::pair(here, there));
      }
      return edges;
    }
    const auto visit = [&](std::span<const NodeId> row, bool goes_down) {
      for (const NodeId w : row) {
        auto& met = seen[goes_down ? 1 : 0];
        if (closed.contains(w) || met.contains(w)) continue;
        met.insert(w);
        queue.push_back({w, goes_down, i});
      }
    };
    if (!down) visit(graph.parents(v), false);
    if (v != from) visit(graph.children(v), true);
  }
  return {};
}

EdgeSet find_conduits(const HedgeStage& stage) {
  const auto& target = stage.target;
  std::vector<NodeId> next_of(stage.graph.node_count(), -1);
  auto reached = target.treatment | target.outcome | target.given;
  auto frontier = (target.outcome | target.given).to_vector();
  for (std::size_t i = 0; i < frontier.size(); ++i)
    for (const NodeId parent : stage.graph.parents(frontier[i])) {
      if (reached.contains(parent)) continue;
      reached.insert(parent);
      next_of[static_cast<std::size_t>(parent)] = frontier[i];
      frontier.push_back(parent);
    }
  EdgeSet conduits;
  for (NodeId v : stage.roots) {
    for (NodeId next = next_of[static_cast<std::size_t>(v)]; next >= 0;
         v = next, next = next_of[static_cast<std::size_t>(v)])
      conduits.emplace(v, next);
    if (!target.given.contains(v)) continue;
    conduits.merge(shortest_trek(stage.graph, v, target.outcome, target.treatment | target.given));
  }
  return conduits;
}

}  // namespace

Result<HedgeStage> set_up_hedge(const Graph& graph, const EffectTarget& target, const Hedge& hedge,
                                const Limits& limits) {
  CAUSAL_GYM_CHECKED(check_hedge(graph, hedge));
  CAUSAL_GYM_TRY(projection, latent_projection(graph, limits));
  CAUSAL_GYM_TRY(full, canonical_dag(projection, limits));
  HedgeStage stage;
  stage.observed = projection.node_count();
  const auto observed = graph.observed_nodes().to_vector();
  std::vector<NodeId> id_of(graph.node_count(), -1);
  for (std::size_t i = 0; i < observed.size(); ++i)
    id_of[static_cast<std::size_t>(observed[i])] = static_cast<NodeId>(i);
  const auto id = [&](NodeId v) { return id_of[static_cast<std::size_t>(v)]; };
  const auto ids = [&](const NodeSet& set) {
    NodeSet result;
    for (const NodeId v : set) result.insert(id(v));
    return result;
  };
  stage.outer = ids(hedge.outer);
  stage.inner = ids(hedge.inner);
  stage.roots = ids(hedge.roots);
  stage.target = {ids(target.treatment), ids(target.outcome), ids(target.given)};
  stage.relevant = ancestors(projection, stage.target.outcome | stage.target.given | stage.outer);
  for (const auto& [from, to] : hedge.directed) stage.forest.emplace(id(from), id(to));
  const auto joints = projection.bidirected_edges();
  for (const auto& [a, b] : hedge.bidirected) {
    const Edge edge{std::min(id(a), id(b)), std::max(id(a), id(b))};
    const auto place = std::find(joints.begin(), joints.end(), edge) - joints.begin();
    const auto coin = static_cast<NodeId>(stage.observed + static_cast<std::size_t>(place));
    stage.forest.emplace(coin, edge.from);
    stage.forest.emplace(coin, edge.to);
    stage.coins.insert(coin);
    if (stage.inner.contains(edge.from) && stage.inner.contains(edge.to))
      stage.inner_coins.insert(coin);
  }
  stage.graph = std::move(full);
  stage.conduits = find_conduits(stage);
  return stage;
}

}  // namespace causal_gym

// Where two models that disagree are set up: the graph's latent projection with every bidirected
// edge as a latent root, and what the hedge says of it.
//
// Source: Shpitser & Pearl 2006, AAAI, theorem 4. Cost: that of the latent projection.
#pragma once

#include <set>
#include <utility>
#include <vector>

#include "engine/identify/identify.h"

namespace causal_gym {

using EdgeSet = std::set<std::pair<NodeId, NodeId>>;

// All in the ids of `graph`: the observed nodes in their old order, then the root of each
// bidirected edge. A root whose edge is in the outer forest is a coin of the hedge.
struct HedgeStage {
  Graph graph;
  std::size_t observed = 0;
  NodeSet outer;
  NodeSet inner;
  NodeSet roots;
  NodeSet coins;
  NodeSet inner_coins;  // those of the inner forest
  EdgeSet forest;       // (parent or coin, node) of the outer forest
  NodeSet relevant;     // observed nodes that the question or the hedge depends on
  EffectTarget target;
  // Edges along which the roots' bits tell of themselves: directed paths from the roots to the
  // outcome and the conditions, and where a root is a condition, a trek from there to the outcome,
  // so that the condition tells of the outcome by the parity.
  EdgeSet conduits;

  [[nodiscard]] bool in_forest(NodeId from, NodeId to) const { return forest.contains({from, to}); }
  [[nodiscard]] bool is_latent(NodeId v) const { return static_cast<std::size_t>(v) >= observed; }
};

// Errors: invalid_argument (the hedge is none), limit_exceeded (edges of the projection).
[[nodiscard]] Result<HedgeStage> set_up_hedge(const Graph& graph, const EffectTarget& target,
                                              const Hedge& hedge, const Limits& limits);

}  // namespace causal_gym

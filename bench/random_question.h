// A random effect to ask about: in a sparse ADMG, an early node acts on a late one.
#pragma once

#include <utility>

#include "engine/base/rng.h"
#include "engine/graph/random_graph.h"

namespace causal_gym {

struct EffectQuestion {
  Graph graph;
  NodeId x = 0;
  NodeId y = 0;
};

// Degrees: edges at a node, on average. `nodes` >= 2.
inline EffectQuestion random_question(std::size_t nodes, double directed_degree,
                                      double bidirected_degree, Rng& rng) {
  const auto others = static_cast<double>(nodes - 1);
  auto graph = random_admg(nodes, directed_degree / others, bidirected_degree / others, rng);
  const auto order = graph.topological_order();
  const NodeId x = order[nodes / 4];
  const NodeId y = order[nodes - 1 - nodes / 8];
  return {std::move(graph), x, y};
}

}  // namespace causal_gym

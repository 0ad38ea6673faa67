// Every ADMG over a few nodes in one fixed topological order, and exact binary models of them.
//
// A model draws one latent variable of three states for each bidirected edge and a random table for
// each node. Everything here is written without the engine's models and inference, so that it is a
// second road to each number.
#pragma once

#include <functional>
#include <vector>

#include "engine/base/rng.h"
#include "engine/expression/evaluate.h"
#include "engine/graph/graph.h"

namespace causal_gym {

// All 4^(n (n - 1) / 2) graphs over v0 .. v(n-1) in which directed edges run from lower to higher.
std::vector<Graph> all_ordered_admgs(std::size_t node_count);

// All subsets of a set.
std::vector<NodeSet> subsets(const NodeSet& set);

// Those of the sets that hold no other of them.
std::vector<NodeSet> minimal_of(const std::vector<NodeSet>& sets);

class SmallModel {
 public:
  SmallModel(const Graph& graph, Rng& rng);

  // P(all nodes), node 0 slowest; ids are node ids.
  [[nodiscard]] JointDistribution joint() const;
  // P(events | do(x = state)): events pairs a node with its state.
  [[nodiscard]] double interventional(NodeId x, std::int32_t state, const Assignment& events) const;

 private:
  [[nodiscard]] std::size_t row(NodeId v, std::size_t nodes, std::size_t latents) const;

  Graph graph_;
  std::vector<std::vector<std::size_t>> latents_of_;  // bidirected edges at each node
  std::vector<std::vector<double>> tables_;           // P(v = 1 | parents, latents)
  std::vector<double> joint_;
  std::vector<std::vector<double>> without_;  // [x]: the joint without the factor of x
};

// Some graph and its models; `seed` is the same for the same graph.
std::vector<SmallModel> small_models(const Graph& graph, std::uint64_t seed, std::size_t count);

// Three models of one graph, in which estimands are compared with the truth.
class Worlds {
 public:
  Worlds(const Graph& graph, std::uint64_t seed);

  // Does the estimand equal P(y | do(x), given), within 1e-9, in each model and for every state of
  // x, y and given? Nodes that it mentions beside these are in each of their states in turn.
  [[nodiscard]] bool all_equal(const ExpressionPtr& estimand, NodeId x, NodeId y,
                               const std::vector<NodeId>& given = {});

 private:
  std::vector<SmallModel> models_;
  std::vector<Evaluator> evaluators_;
};

// Calls visit(graph, its number, x, y) for each ordered pair of different nodes of each graph;
// stops at the first failure.
void for_each_pair(std::size_t node_count,
                   const std::function<void(const Graph&, std::size_t, NodeId, NodeId)>& visit);

// "v0 -> v1; v0 <-> v2" for failure messages.
std::string describe(const Graph& graph);

}  // namespace causal_gym

// Exact binary models of a graph in several populations, and what experiments and samples show of
// them: the second road to every answer that is had from a list of distributions.
//
// Each bidirected edge is a latent variable of three states and each node has a random table; a
// population has other tables at the nodes where it differs. Written without the engine's models
// and inference.
#pragma once

#include <span>
#include <vector>

#include "engine/base/rng.h"
#include "engine/expression/evaluate.h"
#include "engine/identify/available.h"
#include "engine/identify/identify.h"

namespace causal_gym {

class DomainModel {
 public:
  // differs[i]: where population i differs from the target, population 0.
  DomainModel(const Graph& graph, std::span<const NodeSet> differs, Rng& rng);

  // P^population(all nodes | do(set)), node 0 slowest, with every state of what is set alike.
  [[nodiscard]] JointDistribution joint(std::int32_t population, const NodeSet& set) const;
  // What the distribution shows. Selected nodes are in state 1; the probabilities of what is set or
  // given are replaced by random numbers, because nobody may use them.
  [[nodiscard]] SourceDistribution shown(const AvailableDistribution& available, Rng& rng) const;

 private:
  [[nodiscard]] std::size_t row(NodeId v, std::size_t nodes, std::size_t latents) const;
  [[nodiscard]] double factor(const std::vector<double>& table, NodeId v, std::size_t nodes,
                              std::size_t latents) const;

  Graph graph_;
  std::vector<std::vector<std::size_t>> latents_of_;      // bidirected edges at each node
  std::vector<std::vector<double>> latents_;              // P(latent) of each bidirected edge
  std::vector<std::vector<std::vector<double>>> tables_;  // [population][v]: P(v = 1 | ...)
};

// Some models of one graph and a list of distributions, in which estimands are compared with the
// truth.
class DomainWorlds {
 public:
  DomainWorlds(const Graph& graph, std::span<const AvailableDistribution> available,
               std::uint64_t seed, std::size_t count);

  // Does the estimand equal P(outcome | do(treatment), given) in the target population, within
  // 1e-9, in each model and for every state of these and of all else that it mentions? Selected
  // nodes are in state 1.
  [[nodiscard]] bool all_equal(const ExpressionPtr& estimand, const EffectTarget& target);
  // Do the two have the same value for every state of what they mention?
  [[nodiscard]] bool same_value(const ExpressionPtr& a, const ExpressionPtr& b);

 private:
  template <class Check>
  bool in_every_state(const std::vector<ExpressionVariable>& variables, const Check& check);

  std::vector<DomainModel> models_;
  std::vector<Evaluator> evaluators_;
  NodeSet selected_;
};

}  // namespace causal_gym

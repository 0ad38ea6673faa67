// Random models of a graph in which estimands for sets are compared with the truth.
#pragma once

#include <vector>

#include "engine/base/rng.h"
#include "engine/expression/evaluate.h"
#include "engine/identify/identify.h"
#include "engine/model/model.h"

namespace causal_gym {

// How the joint distributions come about: by visiting every state, or by elimination, which reaches
// further.
enum class JointRoad { enumeration, elimination };

// A positive model over binary variables, with latent nodes summed out.
class World {
 public:
  World(const Graph& graph, Rng& rng, JointRoad road = JointRoad::enumeration);

  // Does the estimand equal P(y | do(x), z), within 1e-9, for this state of x and every state of y
  // and z? What it mentions beside is in a random state.
  bool agrees(const ExpressionPtr& estimand, const EffectTarget& target, Rng& rng);

 private:
  [[nodiscard]] JointDistribution joint_of(const Model& model) const;

  std::vector<NodeId> observed_;
  JointRoad road_;
  Model model_;
  Evaluator evaluator_;
};

std::vector<World> random_worlds(const Graph& graph, Rng& rng, std::size_t count = 3,
                                 JointRoad road = JointRoad::enumeration);

bool agree_everywhere(std::vector<World>& worlds, const ExpressionPtr& estimand,
                      const EffectTarget& target, Rng& rng);

}  // namespace causal_gym

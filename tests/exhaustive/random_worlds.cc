#include "tests/exhaustive/random_worlds.h"

#include "engine/infer/elimination.h"
#include "engine/infer/enumeration.h"
#include "engine/infer/intervene.h"
#include "engine/model/random_model.h"

namespace causal_gym {
namespace {

constexpr double tolerance = 1e-9;

JointDistribution joint_over(const Model& model, const std::vector<NodeId>& observed,
                             JointRoad road) {
  auto factor = road == JointRoad::enumeration ? enumerate_joint_mass(model, observed, {}).value()
                                               : joint_mass(model, observed, {}).value();
  return {std::move(factor.variables), std::move(factor.cardinalities), std::move(factor.values)};
}

}  // namespace

World::World(const Graph& graph, Rng& rng, JointRoad road)
    : observed_(graph.observed_nodes().to_vector()),
      road_(road),
      model_(random_model(graph, rng, {2, 2, true, false})),
      evaluator_(*Evaluator::create(joint_of(model_))) {}

JointDistribution World::joint_of(const Model& model) const {
  return joint_over(model, observed_, road_);
}

bool World::agrees(const ExpressionPtr& estimand, const EffectTarget& target, Rng& rng) {
  const auto x = target.treatment.to_vector();
  Assignment at{x, {}};
  Regime regime;
  for (const auto v : x) {
    at.states.push_back(static_cast<std::int32_t>(rng.below(model_.state_count(v))));
    regime.emplace_back(SetIntervention{v, at.states.back()});
  }
  const auto others =
      NodeSet(free_variables(estimand)) - target.treatment - target.outcome - target.given;
  for (const auto v : others) {
    at.variables.push_back(v);
    at.states.push_back(static_cast<std::int32_t>(rng.below(model_.state_count(v))));
  }
  const auto fixed = at.states.size();
  auto truth = *Evaluator::create(joint_of(*intervene(model_, regime)));
  const auto free = (target.outcome | target.given).to_vector();
  at.variables.insert(at.variables.end(), free.begin(), free.end());
  const auto asked = probability(target.outcome.to_vector(), target.given.to_vector());
  for (std::size_t state = 0; state < std::size_t{1} << free.size(); ++state) {
    at.states.resize(fixed);
    for (std::size_t i = 0; i < free.size(); ++i)
      at.states.push_back(static_cast<std::int32_t>(state >> i & 1));
    const auto value = evaluator_.evaluate(estimand, at);
    const auto expected = truth.evaluate(asked, at);
    if (!value || std::abs(*value - expected.value()) > tolerance) return false;
  }
  return true;
}

std::vector<World> random_worlds(const Graph& graph, Rng& rng, std::size_t count, JointRoad road) {
  std::vector<World> worlds;
  for (std::size_t i = 0; i < count; ++i) worlds.emplace_back(graph, rng, road);
  return worlds;
}

bool agree_everywhere(std::vector<World>& worlds, const ExpressionPtr& estimand,
                      const EffectTarget& target, Rng& rng) {
  return std::all_of(worlds.begin(), worlds.end(),
                     [&](World& world) { return world.agrees(estimand, target, rng); });
}

}  // namespace causal_gym

#include "engine/infer/intervene.h"

#include <limits>

#include "engine/base/check.h"
#include "engine/graph/surgery.h"
#include "engine/infer/elimination.h"

namespace causal_gym {
namespace {

// The mechanism without parents that gives the variable this distribution.
Mechanism parentless(std::vector<double> probabilities) {
  return TableMechanism{{}, std::move(probabilities), Coupling::undeclared};
}

Mechanism constant(State state) { return DeterministicMechanism{{}, {state}}; }

Result<Mechanism> new_mechanism(const Model& model, const Intervention& intervention,
                                const InferenceOptions& options) {
  if (const auto* set = std::get_if<SetIntervention>(&intervention)) return constant(set->state);
  const VariableId v = intervened_variable(intervention);
  if (std::holds_alternative<PreventIntervention>(intervention))
    return constant(*model.variable(v).baseline);
  const std::size_t states = model.state_count(v);
  if (const auto* randomize = std::get_if<RandomizeIntervention>(&intervention))
    return parentless(randomize->probabilities.empty()
                          ? std::vector<double>(states, 1 / static_cast<double>(states))
                          : randomize->probabilities);
  const VariableId targets[] = {v};
  CAUSAL_GYM_TRY(marginal, posterior(model, targets, {}, options));
  return parentless(std::move(marginal.values));
}

// The model was let in once; a model of the same size with fewer edges is let in again.
Limits no_limits() {
  Limits limits;
  limits.nodes = limits.edges = limits.name_length = limits.states = limits.mechanism_cells =
      std::numeric_limits<std::size_t>::max();
  return limits;
}

}  // namespace

Result<Model> intervene(const Model& model, const Regime& regime, const InferenceOptions& options) {
  CAUSAL_GYM_CHECKED(check_regime(model, regime));
  if (regime.empty()) return model;
  std::vector<Mechanism> mechanisms(model.mechanisms().begin(), model.mechanisms().end());
  NodeSet intervened;
  for (const auto& intervention : regime) {
    CAUSAL_GYM_TRY(mechanism, new_mechanism(model, intervention, options));
    const VariableId v = intervened_variable(intervention);
    mechanisms[v] = std::move(mechanism);
    intervened.insert(v);
  }
  return Model::create(model.name(), cut_incoming(model.graph(), intervened),
                       {model.variables().begin(), model.variables().end()}, std::move(mechanisms),
                       no_limits());
}

std::vector<State> draw_world(const Model& model, Rng& rng) {
  const Rng world_rng = rng.fork(rng.next_bits());
  std::vector<State> world(model.variable_count(), 0);
  std::vector<State> parent_states;
  for (const VariableId v : model.graph().topological_order()) {
    parent_states.clear();
    for (const VariableId parent : mechanism_parents(model.mechanism(v)))
      parent_states.push_back(world[parent]);
    const double uniform = world_rng.fork(static_cast<std::uint64_t>(v)).uniform();
    // Inverse distribution function; a sum that rounding leaves below one ends at the last state
    // that can happen at all.
    double below = 0;
    for (State s = 0; static_cast<std::size_t>(s) < model.state_count(v); ++s) {
      const double probability = mechanism_probability(model, v, s, parent_states);
      if (probability == 0) continue;
      world[v] = s;
      below += probability;
      if (uniform < below) break;
    }
  }
  return world;
}

}  // namespace causal_gym

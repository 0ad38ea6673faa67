#include "engine/infer/enumeration.h"

#include "engine/infer/allowed_states.h"
#include "engine/infer/factor_operations.h"

namespace causal_gym {
namespace {

constexpr std::size_t worlds_between_polls = 4'096;

bool is_allowed(std::span<const Evidence> evidence, const std::vector<State>& world) {
  for (const auto& [variable, allowed] : evidence)
    if (!allowed[world[variable]]) return false;
  return true;
}

double world_probability(const Model& model, const std::vector<State>& world) {
  double probability = 1;
  std::vector<State> parent_states;
  for (VariableId v = 0; static_cast<std::size_t>(v) < world.size(); ++v) {
    parent_states.clear();
    for (const VariableId parent : mechanism_parents(model.mechanism(v)))
      parent_states.push_back(world[parent]);
    probability *= mechanism_probability(model, v, world[v], parent_states);
    if (probability == 0) break;
  }
  return probability;
}

// The next joint state, last variable fastest; false after the last one.
bool next_world(const Model& model, std::vector<State>& world) {
  for (std::size_t i = world.size(); i-- > 0;) {
    const auto v = static_cast<VariableId>(i);
    if (static_cast<std::size_t>(++world[i]) < model.state_count(v)) return true;
    world[i] = 0;
  }
  return false;
}

}  // namespace

Result<Factor> enumerate_joint_mass(const Model& model, std::span<const VariableId> targets,
                                    std::span<const Evidence> evidence,
                                    const InferenceOptions& options) {
  CAUSAL_GYM_CHECKED(check_targets(model, targets));
  CAUSAL_GYM_CHECKED(allow(model, {}, evidence).map([](const AllowedStates&) {}));
  std::size_t worlds = 1;
  for (VariableId v = 0; static_cast<std::size_t>(v) < model.variable_count(); ++v)
    worlds = saturating_product(worlds, model.state_count(v));
  CAUSAL_GYM_CHECKED(check_limit("joint states to enumerate", worlds, options.limits.factor_cells));
  Factor result;
  for (const VariableId v : targets) {
    result.variables.push_back(v);
    result.cardinalities.push_back(model.state_count(v));
  }
  result.values.assign(cell_count(result.cardinalities), 0.0);
  std::vector<State> world(model.variable_count(), 0);
  std::size_t visited = 0;
  do {
    if (visited++ % worlds_between_polls == 0) CAUSAL_GYM_CHECKED(options.cancellation.check());
    if (!is_allowed(evidence, world)) continue;
    std::size_t cell = 0;
    for (const VariableId v : targets) cell = cell * model.state_count(v) + world[v];
    result.values[cell] += world_probability(model, world);
  } while (next_world(model, world));
  return result;
}

}  // namespace causal_gym

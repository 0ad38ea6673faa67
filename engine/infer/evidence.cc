#include "engine/infer/evidence.h"

#include "engine/base/check.h"

namespace causal_gym {

Evidence observed_state(const Model& model, VariableId variable, State state) {
  CHECK(variable >= 0 && static_cast<std::size_t>(variable) < model.variable_count());
  CHECK(state >= 0 && static_cast<std::size_t>(state) < model.state_count(variable));
  Evidence evidence{variable, std::vector<bool>(model.state_count(variable), false)};
  evidence.allowed[static_cast<std::size_t>(state)] = true;
  return evidence;
}

}  // namespace causal_gym

#include "engine/infer/allowed_states.h"

namespace causal_gym {
namespace {

bool is_variable(const Model& model, VariableId v) {
  return v >= 0 && static_cast<std::size_t>(v) < model.variable_count();
}

}  // namespace

Result<AllowedStates> allow(const Model& model, AllowedStates before,
                            std::span<const Evidence> evidence) {
  before.kept.resize(model.variable_count());
  for (const auto& [variable, allowed] : evidence) {
    if (!is_variable(model, variable))
      return fail(ErrorCode::invalid_argument,
                  "evidence on variable " + std::to_string(variable) + ", which the model has not");
    if (allowed.size() != model.state_count(variable))
      return fail(ErrorCode::invalid_argument,
                  "evidence on '" + model.variable(variable).name + "' has " +
                      std::to_string(allowed.size()) + " flags for " +
                      std::to_string(model.state_count(variable)) + " states");
    const auto& known = before.kept[variable];
    std::vector<State> states;
    for (std::size_t s = 0; s < allowed.size(); ++s) {
      const auto state = static_cast<State>(s);
      const bool open =
          known.empty() || std::find(known.begin(), known.end(), state) != known.end();
      if (allowed[s] && open) states.push_back(state);
    }
    if (states.empty()) before.possible = false;
    if (states.size() == allowed.size()) continue;
    before.variables.insert(variable);
    // An impossible variable keeps its former states: `possible` speaks for it.
    if (!states.empty()) before.kept[variable] = std::move(states);
  }
  return before;
}

Status check_targets(const Model& model, std::span<const VariableId> targets) {
  NodeSet seen;
  for (const VariableId v : targets) {
    if (!is_variable(model, v))
      return fail(ErrorCode::invalid_argument,
                  "target variable " + std::to_string(v) + ", which the model has not");
    if (seen.contains(v))
      return fail(ErrorCode::invalid_argument,
                  "target '" + model.variable(v).name + "' is listed twice");
    seen.insert(v);
  }
  return {};
}

}  // namespace causal_gym

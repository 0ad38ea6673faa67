#include "engine/model/factor.h"

#include "engine/base/check.h"

namespace causal_gym {
namespace {

std::vector<std::size_t> parent_cardinalities(const Model& model,
                                              std::span<const VariableId> given) {
  std::vector<std::size_t> cardinalities;
  cardinalities.reserve(given.size() + 1);
  for (const VariableId parent : given) cardinalities.push_back(model.state_count(parent));
  return cardinalities;
}

std::vector<double> cells(const TableMechanism& table, std::size_t) { return table.probabilities; }

std::vector<double> cells(const DeterministicMechanism& deterministic, std::size_t states) {
  std::vector<double> values(deterministic.states.size() * states, 0.0);
  for (std::size_t row = 0; row < deterministic.states.size(); ++row)
    values[row * states + static_cast<std::size_t>(deterministic.states[row])] = 1;
  return values;
}

// The chance of `false` for each row: each further parent doubles the rows, as the fastest one.
std::vector<double> cells(const NoisyOrMechanism& noisy_or, std::size_t) {
  std::vector<double> silent{1 - noisy_or.leak};
  for (const double strength : noisy_or.strengths) {
    std::vector<double> more;
    more.reserve(silent.size() * 2);
    for (const double chance : silent) {
      more.push_back(chance);
      more.push_back(chance * (1 - strength));
    }
    silent = std::move(more);
  }
  std::vector<double> values;
  values.reserve(silent.size() * 2);
  for (const double chance : silent) {
    values.push_back(chance);
    values.push_back(1 - chance);
  }
  return values;
}

}  // namespace

Result<Factor> mechanism_factor(const Model& model, VariableId v, const Limits& limits) {
  const auto given = mechanism_parents(model.mechanism(v));
  Factor factor;
  factor.cardinalities = parent_cardinalities(model, given);
  factor.cardinalities.push_back(model.state_count(v));
  if (joint_state_count(factor.cardinalities, limits.factor_cells) > limits.factor_cells) {
    double needed = 1;
    for (const auto cardinality : factor.cardinalities) needed *= static_cast<double>(cardinality);
    const bool countable = needed < 1e15;
    return fail(ErrorCode::limit_exceeded,
                "cells of the table of '" + model.variable(v).name + "': " +
                    (countable ? std::to_string(static_cast<std::uint64_t>(needed))
                               : std::string("more than 1e15")) +
                    " is over the limit of " + std::to_string(limits.factor_cells));
  }
  factor.variables.assign(given.begin(), given.end());
  factor.variables.push_back(v);
  factor.values =
      std::visit([&](const auto& mechanism) { return cells(mechanism, model.state_count(v)); },
                 model.mechanism(v));
  return factor;
}

double mechanism_probability(const Model& model, VariableId v, State state,
                             std::span<const State> parent_states) {
  const auto& mechanism = model.mechanism(v);
  const auto states = model.state_count(v);
  const auto s = static_cast<std::size_t>(state);
  CHECK(state >= 0 && s < states);
  CHECK(parent_states.size() == mechanism_parents(mechanism).size());
  if (const auto* noisy_or = std::get_if<NoisyOrMechanism>(&mechanism)) {
    double silent = 1 - noisy_or->leak;
    for (std::size_t i = 0; i < parent_states.size(); ++i)
      if (parent_states[i] == 1) silent *= 1 - noisy_or->strengths[i];
    return state == 1 ? 1 - silent : silent;
  }
  std::size_t row = 0;
  for (std::size_t i = 0; i < parent_states.size(); ++i) {
    const auto parent_state = static_cast<std::size_t>(parent_states[i]);
    const auto cardinality = model.state_count(mechanism_parents(mechanism)[i]);
    CHECK(parent_state < cardinality);  // also refuses negative states
    row = row * cardinality + parent_state;
  }
  if (const auto* table = std::get_if<TableMechanism>(&mechanism))
    return table->probabilities[row * states + s];
  return std::get<DeterministicMechanism>(mechanism).states[row] == state ? 1 : 0;
}

}  // namespace causal_gym

#include "engine/infer/elimination.h"

#include <algorithm>
#include <numeric>

#include "engine/graph/relations.h"
#include "engine/infer/allowed_states.h"
#include "engine/infer/factor_operations.h"
#include "engine/infer/sum_out.h"

namespace causal_gym {
namespace {

// Variables that share a table, directly or through others; one of known state joins nothing.
class Components {
 public:
  explicit Components(std::size_t count) : parent_(count) {
    std::iota(parent_.begin(), parent_.end(), VariableId{0});
  }
  VariableId find(VariableId v) {
    while (parent_[v] != v) v = parent_[v] = parent_[parent_[v]];
    return v;
  }
  void join(const Factor& factor, std::span<const std::vector<State>> kept) {
    VariableId first = -1;
    for (const VariableId v : factor.variables) {
      if (kept[v].size() == 1) continue;
      if (first < 0) first = v;
      parent_[find(v)] = find(first);
    }
  }

 private:
  std::vector<VariableId> parent_;
};

struct MechanismTable {  // P(variable | its parents)
  VariableId variable = 0;
  Factor factor;
};

struct Network {
  std::vector<MechanismTable> relevant;  // joined to a target or an event
  std::vector<Factor> separated;  // what the conditions cut off from them, restricted to these
};

// The tables of the ancestors of `asked` and the conditions; all others are barren.
Result<Network> make_network(const Model& model, const NodeSet& asked,
                             const AllowedStates& conditions, const InferenceOptions& options) {
  Components components(model.variable_count());
  std::vector<MechanismTable> tables;
  for (const VariableId v : ancestors(model.graph(), asked | conditions.variables)) {
    CAUSAL_GYM_CHECKED(options.cancellation.check());
    CAUSAL_GYM_TRY(factor, mechanism_factor(model, v, options.limits));
    components.join(factor, conditions.kept);
    tables.push_back({v, std::move(factor)});
  }
  NodeSet roots;
  for (const VariableId v : asked)
    if (conditions.kept[v].size() != 1) roots.insert(components.find(v));
  Network network;
  for (auto& table : tables) {
    const auto& variables = table.factor.variables;
    if (std::any_of(variables.begin(), variables.end(), [&](VariableId v) {
          return conditions.kept[v].size() != 1 && roots.contains(components.find(v));
        }))
      network.relevant.push_back(std::move(table));
    else
      network.separated.push_back(restricted(table.factor, conditions.kept));
  }
  return network;
}

Error impossible_conditions() {
  return {ErrorCode::zero_probability, "the conditions have probability zero", "", ""};
}

// Is the product of the tables greater than zero somewhere? Without a zero in them it is.
Status check_possible(std::vector<Factor> factors, const InferenceOptions& options) {
  const bool certain = std::all_of(factors.begin(), factors.end(), [](const Factor& factor) {
    return std::all_of(factor.values.begin(), factor.values.end(), [](double p) { return p > 0; });
  });
  if (certain) return {};
  CAUSAL_GYM_TRY(mass, sum_out(std::move(factors), {}, options));
  if (total(mass.factor) > 0) return {};
  return fail(impossible_conditions());
}

// The factor over all targets, with zeros at the states that are not allowed. `factor` is over the
// targets that have several allowed states, in the same order.
Factor expanded(const Model& model, std::span<const VariableId> targets,
                const AllowedStates& allowed, const Factor& factor) {
  Factor result;
  std::vector<std::vector<State>> states;
  for (const VariableId v : targets) {
    const std::size_t count = model.state_count(v);
    result.variables.push_back(v);
    result.cardinalities.push_back(count);
    states.push_back(allowed.kept[v]);
    if (!states.back().empty()) continue;
    states.back().resize(count);
    std::iota(states.back().begin(), states.back().end(), State{0});
  }
  result.values.assign(cell_count(result.cardinalities), 0.0);
  std::vector<std::size_t> index(targets.size(), 0);
  for (const double value : factor.values) {
    std::size_t cell = 0;
    for (std::size_t i = 0; i < index.size(); ++i)
      cell = cell * result.cardinalities[i] + static_cast<std::size_t>(states[i][index[i]]);
    result.values[cell] = value;
    for (std::size_t i = index.size(); i-- > 0 && ++index[i] == states[i].size();) index[i] = 0;
  }
  return result;
}

// The relevant tables of `variables`, multiplied and summed down to the targets of several states.
Result<ScaledFactor> mass(const Network& network, const NodeSet& variables,
                          std::span<const VariableId> targets, const AllowedStates& allowed,
                          const InferenceOptions& options) {
  std::vector<Factor> factors;
  for (const auto& [variable, factor] : network.relevant)
    if (variables.contains(variable)) factors.push_back(restricted(factor, allowed.kept));
  std::vector<VariableId> open;
  for (const VariableId v : targets)
    if (allowed.kept[v].size() != 1) open.push_back(v);
  return sum_out(std::move(factors), open, options);
}

// The variables that the events narrow down beyond the conditions.
NodeSet narrowed(const AllowedStates& conditions, const AllowedStates& both) {
  NodeSet result;
  for (const VariableId v : both.variables)
    if (both.kept[v] != conditions.kept[v]) result.insert(v);
  return result;
}

ScaledFactor summed(const ScaledFactor& mass) {
  return {Factor{{}, {}, {total(mass.factor)}}, mass.exponent};
}

}  // namespace

Result<Factor> conditional_mass(const Model& model, std::span<const VariableId> targets,
                                std::span<const Evidence> events,
                                std::span<const Evidence> conditions,
                                const InferenceOptions& options) {
  CAUSAL_GYM_CHECKED(check_targets(model, targets));
  CAUSAL_GYM_TRY(given, allow(model, {}, conditions));
  if (!given.possible) return fail(impossible_conditions());
  CAUSAL_GYM_TRY(both, allow(model, given, events));
  std::vector<std::size_t> sizes;
  for (const VariableId v : targets) sizes.push_back(model.state_count(v));
  CAUSAL_GYM_CHECKED(check_limit("cells of the table over the targets", cell_count(sizes),
                                 options.limits.factor_cells));
  const NodeSet events_on = narrowed(given, both);
  CAUSAL_GYM_TRY(network, make_network(model, NodeSet(targets) | events_on, given, options));
  CAUSAL_GYM_CHECKED(check_possible(network.separated, options));
  const NodeSet all = model.graph().all_nodes();
  CAUSAL_GYM_TRY(mass_both, mass(network, all, targets, both, options));
  auto mass_given = summed(mass_both);
  if (!both.possible || !events_on.empty()) {
    const NodeSet needed = ancestors(model.graph(), given.variables);
    CAUSAL_GYM_TRY(without_events, mass(network, needed, {}, given, options));
    mass_given = std::move(without_events);
  } else if (given.variables.empty()) {
    mass_given = {Factor{{}, {}, {1.0}}, 0};
  }
  if (!both.possible) std::fill(mass_both.factor.values.begin(), mass_both.factor.values.end(), 0);
  CAUSAL_GYM_TRY(quotient, ratio(std::move(mass_both), mass_given));
  return expanded(model, targets, both, quotient);
}

Result<Factor> joint_mass(const Model& model, std::span<const VariableId> targets,
                          std::span<const Evidence> evidence, const InferenceOptions& options) {
  return conditional_mass(model, targets, evidence, {}, options);
}

Result<Factor> posterior(const Model& model, std::span<const VariableId> targets,
                         std::span<const Evidence> evidence, const InferenceOptions& options) {
  return conditional_mass(model, targets, {}, evidence, options);
}

}  // namespace causal_gym

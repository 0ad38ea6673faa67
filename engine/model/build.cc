#include "engine/model/build.h"

#include "engine/graph/text.h"

namespace causal_gym {

ModelBuilder::ModelBuilder(std::string name, std::string_view graph_text, const Limits& limits)
    : name_(std::move(name)), limits_(limits) {
  auto graph = parse_graph(graph_text, limits);
  if (!graph) {
    error_ = std::move(graph).error();
    return;
  }
  graph_ = *std::move(graph);
  for (const auto& node : graph_.nodes()) variables_.push_back(binary_variable(node.name));
  mechanisms_.resize(variables_.size());
}

std::optional<VariableId> ModelBuilder::find(std::string_view name, const std::string& where) {
  if (error_) return std::nullopt;
  const auto found = graph_.require(name);
  if (found) return *found;
  error_ = found.error();
  error_->where = where;
  return std::nullopt;
}

std::vector<VariableId> ModelBuilder::find_all(const std::vector<std::string>& names,
                                               const std::string& where) {
  std::vector<VariableId> found;
  for (const auto& name : names)
    if (const auto v = find(name, where)) found.push_back(*v);
  return found;
}

Variable* ModelBuilder::variable(std::string_view name) {
  const auto v = find(name, "variables." + std::string(name));
  return v ? &variables_[static_cast<std::size_t>(*v)] : nullptr;
}

ModelBuilder& ModelBuilder::declare(std::string_view name, VariableType type,
                                    std::vector<std::string> states, std::vector<double> numbers) {
  if (auto* const declared = variable(name)) {
    auto replacement = make_variable(std::string(name), type, std::move(states));
    if (!numbers.empty()) replacement.numbers = std::move(numbers);
    replacement.label = std::move(declared->label);
    replacement.unit = std::move(declared->unit);
    *declared = std::move(replacement);
  }
  return *this;
}

ModelBuilder& ModelBuilder::binary(std::string_view name, std::string false_state,
                                   std::string true_state) {
  return declare(name, VariableType::binary, {std::move(false_state), std::move(true_state)});
}

ModelBuilder& ModelBuilder::categorical(std::string_view name, std::vector<std::string> states) {
  return declare(name, VariableType::categorical, std::move(states));
}

ModelBuilder& ModelBuilder::ordinal(std::string_view name, std::vector<std::string> states,
                                    std::vector<double> numbers) {
  return declare(name, VariableType::ordinal, std::move(states), std::move(numbers));
}

ModelBuilder& ModelBuilder::count(std::string_view name, std::int64_t first, std::int64_t last) {
  // One state over the limit is enough to be told so.
  std::vector<std::string> states;
  for (auto i = first; i <= last && states.size() <= limits_.states; ++i)
    states.push_back(std::to_string(i));
  return declare(name, VariableType::count, std::move(states));
}

ModelBuilder& ModelBuilder::label(std::string_view name, std::string label) {
  if (auto* const labelled = variable(name)) labelled->label = std::move(label);
  return *this;
}

ModelBuilder& ModelBuilder::unit(std::string_view name, std::string unit) {
  if (auto* const measured = variable(name)) measured->unit = std::move(unit);
  return *this;
}

ModelBuilder& ModelBuilder::baseline(std::string_view name, std::string_view state) {
  if (auto* const described = variable(name)) {
    const auto parsed = parse_state(*described, state);
    if (parsed) {
      described->baseline = *parsed;
    } else {
      error_ = parsed.error();
      error_->where = "variables." + described->name + ".baseline";
    }
  }
  return *this;
}

ModelBuilder& ModelBuilder::add(std::string_view name, Mechanism mechanism) {
  const auto where = "mechanisms." + std::string(name);
  const auto v = find(name, where);
  if (!v) return *this;
  auto& place = mechanisms_[static_cast<std::size_t>(*v)];
  if (place)
    error_ = Error{ErrorCode::invalid_argument,
                   "'" + std::string(name) + "' is given a mechanism twice", where, ""};
  place = std::move(mechanism);
  return *this;
}

ModelBuilder& ModelBuilder::table(std::string_view name, const std::vector<std::string>& given,
                                  std::vector<double> probabilities, Coupling coupling) {
  auto parents = find_all(given, "mechanisms." + std::string(name) + ".given");
  return add(name, TableMechanism{std::move(parents), std::move(probabilities), coupling});
}

ModelBuilder& ModelBuilder::noisy_or(std::string_view name,
                                     const std::vector<std::pair<std::string, double>>& strengths,
                                     double leak) {
  NoisyOrMechanism mechanism;
  mechanism.leak = leak;
  for (const auto& [parent, strength] : strengths)
    if (const auto v = find(parent, "mechanisms." + std::string(name) + ".given")) {
      mechanism.given.push_back(*v);
      mechanism.strengths.push_back(strength);
    }
  return add(name, std::move(mechanism));
}

ModelBuilder& ModelBuilder::deterministic(std::string_view name,
                                          const std::vector<std::string>& given,
                                          std::vector<State> states) {
  auto parents = find_all(given, "mechanisms." + std::string(name) + ".given");
  return add(name, DeterministicMechanism{std::move(parents), std::move(states)});
}

Result<Model> ModelBuilder::build() const {
  if (error_) return fail(*error_);
  std::vector<Mechanism> mechanisms;
  for (std::size_t i = 0; i < mechanisms_.size(); ++i) {
    if (!mechanisms_[i])
      return fail(ErrorCode::invalid_argument, "'" + variables_[i].name + "' has no mechanism",
                  "mechanisms." + variables_[i].name);
    mechanisms.push_back(*mechanisms_[i]);
  }
  return Model::create(name_, graph_, variables_, std::move(mechanisms), limits_);
}

}  // namespace causal_gym

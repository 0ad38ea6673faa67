#include "engine/counterfactual/parallel_worlds.h"

#include <algorithm>

namespace causal_gym {

ParallelWorlds::ParallelWorlds(const Model& model, std::vector<CheckedEvent> events,
                               std::span<const CheckedEvent> asked)
    : model_(model) {
  // Parents before children: a copy must know its evidence before it becomes a parent.
  std::vector<std::size_t> rank(model.variable_count());
  const auto order = model.graph().topological_order();
  for (std::size_t i = 0; i < order.size(); ++i) rank[order[i]] = i;
  std::stable_sort(events.begin(), events.end(), [&](const auto& a, const auto& b) {
    return rank[a.variable] < rank[b.variable];
  });
  for (const auto& event : events) observe(event);
  for (const auto& event : asked) asked_.push_back(resolve(event.variable, event.world));
}

std::vector<std::vector<CopyId>> ParallelWorlds::copies_by_variable() const {
  std::vector<std::vector<CopyId>> result(model_.variable_count());
  for (std::size_t i = 0; i < copies_.size(); ++i)
    result[copies_[i].variable].push_back(static_cast<CopyId>(i));
  return result;
}

Reference ParallelWorlds::resolve(VariableId v, const World& world) {
  const auto set = std::find_if(world.begin(), world.end(),
                                [&](const SetIntervention& one) { return one.variable == v; });
  if (set != world.end()) return {-1, set->state};
  std::vector<std::pair<VariableId, State>> key;
  for (const auto& [variable, state] : world) key.emplace_back(variable, state);
  auto& resolved = resolved_[key];
  if (const auto at = resolved.find(v); at != resolved.end()) return at->second;
  Copy copy{v, {}, {}};
  for (const VariableId parent : mechanism_parents(model_.mechanism(v))) {
    auto reference = resolve(parent, world);
    if (!reference.known() && copies_[reference.copy].kept.size() == 1)
      reference = {-1, copies_[reference.copy].kept[0]};
    copy.parents.push_back(reference);
  }
  const auto [at, is_new] =
      interned_.try_emplace({v, copy.parents}, static_cast<CopyId>(copies_.size()));
  if (is_new) copies_.push_back(std::move(copy));
  return resolved[v] = {at->second, 0};
}

void ParallelWorlds::observe(const CheckedEvent& event) {
  const auto reference = resolve(event.variable, event.world);
  if (reference.known()) {
    if (!event.allowed[reference.state]) possible_ = false;
    return;
  }
  auto& kept = copies_[reference.copy].kept;
  std::vector<State> states;
  for (std::size_t s = 0; s < event.allowed.size(); ++s) {
    const auto state = static_cast<State>(s);
    const bool open = kept.empty() || std::find(kept.begin(), kept.end(), state) != kept.end();
    if (event.allowed[s] && open) states.push_back(state);
  }
  if (states.empty()) possible_ = false;
  if (states.size() == event.allowed.size() || states.empty()) return;
  kept = std::move(states);
}

}  // namespace causal_gym

#include "gym/interface/interface.h"

#include "engine/base/spelling.h"

namespace causal_gym {

namespace {

constexpr std::string_view component_names[] = {
    "story",      "graph", "correlation_table", "observation_panel", "intervention_button",
    "belief_form"};

}  // namespace

std::string_view component_name(const Component& component) {
  return component_names[component.index()];
}

std::span<const Interface> interface_presets() {
  static const std::vector<Interface> presets = {
      {"correlational", {StoryComponent{}, CorrelationTableComponent{}, BeliefFormComponent{}}},
      {"causal",
       {StoryComponent{}, GraphComponent{}, CorrelationTableComponent{},
        ObservationPanelComponent{}, InterventionButtonComponent{}, BeliefFormComponent{}}},
  };
  return presets;
}

Result<Interface> find_interface(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& preset : interface_presets()) {
    if (preset.name == name) return preset;
    names.push_back(preset.name);
  }
  auto suggestion = spelling_suggestion(name, names);
  if (suggestion.empty()) suggestion = "use correlational or causal";
  return fail(ErrorCode::unknown_name, "no interface '" + std::string(name) + "'", {}, suggestion);
}

}  // namespace causal_gym

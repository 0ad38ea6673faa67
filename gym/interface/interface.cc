#include "gym/interface/interface.h"

#include "engine/base/spelling.h"

namespace causal_gym {

namespace {

constexpr std::string_view component_names[] = {
    "story",       "graph",        "correlation_table", "observation_panel", "intervention_button",
    "belief_form", "system_prompt"};

Result<Interface> find_preset(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& preset : interface_presets()) {
    if (preset.name == name) return preset;
    names.push_back(preset.name);
  }
  auto suggestion = spelling_suggestion(name, names);
  if (suggestion.empty()) suggestion = "use correlational or causal";
  return fail(ErrorCode::unknown_name, "no interface '" + std::string(name) + "'", {}, suggestion);
}

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
  const auto plus = name.find('+');
  CAUSAL_GYM_TRY(interface, find_preset(name.substr(0, plus)));
  if (plus == std::string_view::npos) return interface;
  CAUSAL_GYM_TRY(style, find_prompt_style(name.substr(plus + 1)));
  interface.name = name;
  interface.components.emplace_back(SystemPromptComponent{style});
  return interface;
}

PromptStyle prompt_style_of(const Interface& interface) {
  for (const auto& component : interface.components)
    if (const auto* prompt = std::get_if<SystemPromptComponent>(&component)) return prompt->style;
  return PromptStyle::plain;
}

}  // namespace causal_gym

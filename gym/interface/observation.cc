#include "gym/interface/observation.h"

#include <algorithm>

#include "engine/graph/text.h"
#include "gym/interface/correlations.h"

namespace causal_gym {

namespace {

Result<VariableId> observed_variable(const Model& model, const std::string& name) {
  CAUSAL_GYM_TRY(v, model.require(name));
  if (model.graph().is_latent(v))
    return fail(ErrorCode::invalid_argument, "'" + name + "' is latent and cannot be shown", name);
  return v;
}

ShownStory shown_story(const Environment& environment) {
  ShownStory story{environment.title, environment.story, {}};
  const auto& model = environment.model;
  for (const auto v : model.graph().observed_nodes()) {
    const auto& variable = model.variable(v);
    story.variables.push_back({variable.name, variable.label, variable.states});
  }
  return story;
}

Result<ShownUnit> shown_unit(const ObservationPanelComponent& panel, const Scene& scene) {
  if (panel.variables.empty()) return ShownUnit{scene.unit};
  ShownUnit unit;
  for (const auto& name : panel.variables) {
    CAUSAL_GYM_TRY(v, observed_variable(scene.environment.model, name));
    const auto& canonical = scene.environment.model.variable(v).name;
    const auto value =
        std::find_if(scene.unit.begin(), scene.unit.end(),
                     [&](const ShownValue& shown) { return shown.variable == canonical; });
    if (value != scene.unit.end()) unit.values.push_back(*value);
  }
  return unit;
}

Result<ShownButtons> shown_buttons(const InterventionButtonComponent& component,
                                   const Scene& scene) {
  ShownButtons shown;
  if (component.variable.empty()) {
    for (const auto& intervention : scene.interventions)
      shown.buttons.push_back({intervention, component.label});
    return shown;
  }
  const auto& model = scene.environment.model;
  CAUSAL_GYM_TRY(v, observed_variable(model, component.variable));
  const auto& states = component.states.empty() ? model.variable(v).states : component.states;
  for (const auto& text : states) {
    CAUSAL_GYM_TRY(state, parse_state(model.variable(v), text));
    shown.buttons.push_back({regime_text({SetIntervention{v, state}}, model), component.label});
  }
  return shown;
}

Result<ShownComponent> shown(const Component& component, const Scene& scene) {
  if (std::holds_alternative<StoryComponent>(component)) return shown_story(scene.environment);
  if (std::holds_alternative<GraphComponent>(component))
    return ShownGraph{write_graph(scene.environment.model.graph())};
  if (std::holds_alternative<CorrelationTableComponent>(component))
    return observational_correlations(scene.environment.model);
  if (const auto* panel = std::get_if<ObservationPanelComponent>(&component))
    return shown_unit(*panel, scene);
  if (const auto* buttons = std::get_if<InterventionButtonComponent>(&component))
    return shown_buttons(*buttons, scene);
  const auto& form = std::get<BeliefFormComponent>(component);
  return ShownQueries{form.queries.empty() ? scene.queries : form.queries};
}

}  // namespace

Result<Observation> observe(const Interface& interface, const Scene& scene) {
  Observation observation{scene.phase, regime_text(scene.regime, scene.environment.model), {}};
  for (const auto& component : interface.components) {
    const bool changes = std::holds_alternative<ObservationPanelComponent>(component);
    if (std::holds_alternative<SystemPromptComponent>(component)) continue;
    if (scene.phase > 0 && !changes) continue;
    CAUSAL_GYM_TRY(content, shown(component, scene));
    observation.components.push_back(std::move(content));
  }
  return observation;
}

bool shows_units(const Interface& interface) {
  return std::any_of(interface.components.begin(), interface.components.end(),
                     [](const Component& component) {
                       return std::holds_alternative<ObservationPanelComponent>(component);
                     });
}

}  // namespace causal_gym

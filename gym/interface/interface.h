// An interface: the ordered components that a participant is shown and may use. It is the
// experimental condition.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/result.h"
#include "gym/interface/prompt_style.h"

namespace causal_gym {

struct StoryComponent {  // what the variables mean
  friend bool operator==(const StoryComponent&, const StoryComponent&) = default;
};
struct GraphComponent {  // the causal graph, latent variables marked
  friend bool operator==(const GraphComponent&, const GraphComponent&) = default;
};
struct CorrelationTableComponent {  // marginals and pairwise correlations of the observed
                                    // variables, without interventions
  friend bool operator==(const CorrelationTableComponent&,
                         const CorrelationTableComponent&) = default;
};
struct ObservationPanelComponent {     // one unit, drawn under the regime in force
  std::vector<std::string> variables;  // empty: all observed ones
  friend bool operator==(const ObservationPanelComponent&,
                         const ObservationPanelComponent&) = default;
};
struct InterventionButtonComponent {
  std::string variable;             // empty: one button for each intervention of the protocol
  std::vector<std::string> states;  // empty: every state of the variable
  std::string label;                // for people; may be empty
  friend bool operator==(const InterventionButtonComponent&,
                         const InterventionButtonComponent&) = default;
};
struct BeliefFormComponent {         // the questions
  std::vector<std::string> queries;  // empty: those of the protocol
  friend bool operator==(const BeliefFormComponent&, const BeliefFormComponent&) = default;
};
struct SystemPromptComponent {  // how an agent that reads is told to think; nothing is shown
  PromptStyle style = PromptStyle::plain;
  friend bool operator==(const SystemPromptComponent&, const SystemPromptComponent&) = default;
};

using Component = std::variant<StoryComponent, GraphComponent, CorrelationTableComponent,
                               ObservationPanelComponent, InterventionButtonComponent,
                               BeliefFormComponent, SystemPromptComponent>;

// "story", "graph", "correlation_table", "observation_panel", "intervention_button", "belief_form",
// "system_prompt"
[[nodiscard]] std::string_view component_name(const Component& component);

struct Interface {
  std::string name;
  std::vector<Component> components;
  friend bool operator==(const Interface&, const Interface&) = default;
};

// `correlational`: story, correlation table, form; no graph, no buttons, no units drawn under
// interventions. `causal`: story, graph, correlation table, observation panel, intervention
// buttons, form.
[[nodiscard]] std::span<const Interface> interface_presets();

// A preset's name, or one with a prompt style after it: "causal+cot". Errors: unknown_name with the
// nearest preset or style.
[[nodiscard]] Result<Interface> find_interface(std::string_view name);

// That of its system prompt; plain when it has none.
[[nodiscard]] PromptStyle prompt_style_of(const Interface& interface);

}  // namespace causal_gym

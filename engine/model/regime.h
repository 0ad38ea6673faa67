// The interventions in force. A regime never edits a model: model + regime -> model
// (infer/intervene.h).
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "engine/model/model.h"

namespace causal_gym {

struct SetIntervention {  // do(variable = state)
  VariableId variable = 0;
  State state = 0;
  friend bool operator==(const SetIntervention&, const SetIntervention&) = default;
};
struct RandomizeIntervention {  // variable ~ probabilities, whatever its parents; empty
                                // probabilities: uniform
  VariableId variable = 0;
  std::vector<double> probabilities;
  friend bool operator==(const RandomizeIntervention&, const RandomizeIntervention&) = default;
};
struct PreventIntervention {  // set to the declared baseline state
  VariableId variable = 0;
  friend bool operator==(const PreventIntervention&, const PreventIntervention&) = default;
};
struct DisconnectIntervention {  // cut the incoming edges, keep the marginal of the model without
                                 // interventions
  VariableId variable = 0;
  friend bool operator==(const DisconnectIntervention&, const DisconnectIntervention&) = default;
};

using Intervention = std::variant<SetIntervention, RandomizeIntervention, PreventIntervention,
                                  DisconnectIntervention>;

[[nodiscard]] VariableId intervened_variable(const Intervention& intervention);

// Joint interventions, each on another variable; empty: the observational regime.
using Regime = std::vector<Intervention>;

// Ok, or invalid_argument: a variable twice, a state or distribution out of range, no baseline
// declared.
[[nodiscard]] Status check_regime(const Model& model, const Regime& regime);

// Reads "sprinkler=on", "set sprinkler=on", "do(sprinkler=on)", "randomize sprinkler", "randomize x
// ~ 0.2, 0.8", "prevent x", "disconnect x"; several joined by ';' (several sets also by ',').
// Errors: parse_error, unknown_name, and those of check_regime.
[[nodiscard]] Result<Regime> parse_regime(std::string_view text, const Model& model);
// "set sprinkler=on; disconnect rain"; parses back to the same regime. Empty for the observational
// regime.
[[nodiscard]] std::string regime_text(const Regime& regime, const Model& model);

}  // namespace causal_gym

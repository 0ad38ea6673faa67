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

// Ok, or invalid_argument: a variable twice or out of range, a state or distribution out of range
// (numbers in [0, 1], one for each state, sum within 1e-6 of one), `prevent` without a declared
// baseline. `where` is "regime[i]", counted from 0.
[[nodiscard]] Status check_regime(const Model& model, const Regime& regime);

// A regime text over this many bytes is limit_exceeded.
inline constexpr std::size_t max_regime_text_bytes = 1 << 20;

// Reads
//   regime       = [ intervention { ";" intervention } ] ;
//   intervention = sets | "randomize" name [ "~" number { "," number } ] | "prevent" name
//                | "disconnect" name ;
//   sets         = one { "," one } ;   one = [ "set" ] name "=" state
//                | "do" "(" name "=" state { "," name "=" state } ")" ;
// where names and states are bare or in double quotes (a quoted state is an exact name), and a
// verb's word followed by "=" is a name. Errors: parse_error with line and column, unknown_name,
// limit_exceeded, and those of parse_state and check_regime.
[[nodiscard]] Result<Regime> parse_regime(std::string_view text, const Model& model);
// "set sprinkler=on; disconnect rain"; parses back to the same regime. Empty for the observational
// regime.
[[nodiscard]] std::string regime_text(const Regime& regime, const Model& model);

}  // namespace causal_gym

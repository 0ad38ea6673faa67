// Derivations as JSON: {"goal", "steps": [{"rule", "from", "to", "expression", "separation",
// "reason"}], "text", "latex"}.
//
// `goal`, `from`, `to` and `expression` (all of it after the step) are expressions with text and
// tree; `separation` is {"left", "right", "given", "no_incoming", "no_outgoing"} of a rule, null of
// a law. Reading needs rule, from and to, as trees.
#pragma once

#include <nlohmann/json.hpp>

#include "engine/identify/derivation.h"

namespace causal_gym {

[[nodiscard]] nlohmann::json derivation_json(const Graph& graph, const Derivation& derivation);

// Errors: unknown_name (a field, a rule, a variable), invalid_argument (shape), limit_exceeded.
[[nodiscard]] Result<Derivation> read_derivation(const nlohmann::json& value, std::string_view path,
                                                 const Graph& graph);

}  // namespace causal_gym

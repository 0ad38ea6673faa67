// Names and values of a query resolved against a model: one event, one list of assignments.
#pragma once

#include <string>
#include <vector>

#include "engine/query/check.h"

namespace causal_gym {

// The assignments as interventions, sorted by variable. `what` names the place in messages:
// "do(...)". Errors: unknown_name, invalid_argument (a value is missing, a variable is set twice).
[[nodiscard]] Result<std::vector<SetIntervention>> resolve_assignments(
    const std::vector<NamedAssignment>& assignments, const Model& model, std::string_view what);

// Every state of Y in the world it is written in. Errors: those of resolve_assignments.
[[nodiscard]] Result<CheckedEvent> resolve_outcome(const Outcome& outcome, const Model& model);

// Errors: also invalid_argument when the values do not fit the variable.
[[nodiscard]] Result<CheckedEvent> resolve_event(const Event& event, const Model& model);

// The state a value of a query means: parse_state, or parse_exact_state for one in quotes.
[[nodiscard]] Result<State> written_state(const Variable& variable, std::string_view text);

// Ok when each state has a number; otherwise invalid_argument that says so.
[[nodiscard]] Status require_numbers(const Variable& variable);

}  // namespace causal_gym

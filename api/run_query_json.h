// What a listing of runs is asked for, as the fields of a request: one place for the operation, the
// CLI and the page.
#pragma once

#include <nlohmann/json.hpp>

#include "gym/experiment/run_query.h"

namespace causal_gym {

// The names of the fields, which the operation `runs`, GET /api/v1/runs and the page /runs share.
inline constexpr std::string_view run_query_fields[] = {
    "state", "environment", "agent", "owner", "mine",  "since",
    "until", "id_prefix",   "order", "limit", "cursor"};

// Of an object with those fields; each may be left out. Errors: invalid_argument (a value of the
// wrong type, a moment or limit that is none) and unknown_name (a state, order, environment or
// agent that there is not, with the nearest spelling); `where` is the field.
[[nodiscard]] Result<RunQuery> read_run_query(const nlohmann::json& fields);

// The texts between the commas; what is empty is left out.
[[nodiscard]] std::vector<std::string> comma_separated(std::string_view text);

}  // namespace causal_gym

// What is identified of a counterfactual query, as JSON.
//
// {"identifiable": true|false|null, "verdict", "effect", "estimand": {"text", "latex", "tree":
// null}, "strategy": "counterfactual", "reason", "meanings": {"x'": "0"}, "assumptions", "parts":
// [{"sign", "question", "verdict", "estimand", "reason", "free", "positive"}], "under_assumptions":
// [{"assumptions", "text", "latex"}], "limit"} and null in the other fields of an identification.
// `identifiable` is null when a limit ended the search, and when the quantity is undefined.
#pragma once

#include <nlohmann/json.hpp>

#include "engine/counterfactual/identify_query.h"

namespace causal_gym {

[[nodiscard]] nlohmann::json query_identification_json(const Graph& graph, const std::string& query,
                                                       const QueryIdentification& answer);

}  // namespace causal_gym

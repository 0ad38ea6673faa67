// The engine's answers as JSON, in the shapes of api/schema/openapi.yaml.
#pragma once

#include <nlohmann/json.hpp>

#include "engine/ask.h"
#include "engine/graph/paths.h"

namespace causal_gym {

[[nodiscard]] nlohmann::json node_names_json(const Graph& graph, const NodeSet& nodes);

// {"text": "x <- z -> y", "nodes": [...], "steps": ["<-", "->"]}
[[nodiscard]] nlohmann::json path_json(const Graph& graph, const Path& path);

// {"identifiable": true|false|null, "estimand", "strategy", "set", "reason", "derivation", "hedge",
// "limit"}: null where there is none. `limit` says, of an undecided effect, what was tried.
[[nodiscard]] nlohmann::json identification_json(const Graph& graph,
                                                 const Identification& identification);

// {"value" | "interval" | "distribution", "method": "exact", "identification"}
[[nodiscard]] nlohmann::json answer_json(const Model& model, const Answer& answer);

}  // namespace causal_gym

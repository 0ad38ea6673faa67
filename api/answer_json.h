// The engine's answers as JSON, in the shapes of api/schema/openapi.yaml.
#pragma once

#include <nlohmann/json.hpp>

#include "engine/ask.h"
#include "engine/graph/paths.h"
#include "engine/identify/derivation.h"

namespace causal_gym {

[[nodiscard]] nlohmann::json node_names_json(const Graph& graph, const NodeSet& nodes);

// {"text": "x <- z -> y", "nodes": [...], "steps": ["<-", "->"]}
[[nodiscard]] nlohmann::json path_json(const Graph& graph, const Path& path);

[[nodiscard]] nlohmann::json optional_path_json(const Graph& graph,
                                                const std::optional<Path>& path);

// {"identifiable": true|false|null, "effect", "estimand", "strategy", "set", "free", "positive",
// "reason", "derivation", "hedge", "limit"}: null where there is none. `effect` is what the
// estimand equals, P(y | do(x)); `limit` says, of an undecided effect, what ended the search.
[[nodiscard]] nlohmann::json identification_json(const Graph& graph,
                                                 const Identification& identification,
                                                 const std::optional<Derivation>& derivation = {});

// {"value" | "interval" | "distribution", "method": "exact", "identification"}
[[nodiscard]] nlohmann::json answer_json(const Model& model, const Answer& answer);

}  // namespace causal_gym

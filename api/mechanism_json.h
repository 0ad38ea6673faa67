// One mechanism of a model document: {"given": [...], KIND: ...}.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/model/model.h"

namespace causal_gym {

// The shape is checked here, with paths such as "mechanisms.x.table[3]"; the numbers by
// Model::create. Errors: as read_model_document.
[[nodiscard]] Result<Mechanism> read_mechanism_json(const nlohmann::json& value,
                                                    const Variable& variable, const Graph& graph,
                                                    const std::string& path, const Limits& limits);

[[nodiscard]] nlohmann::json mechanism_json(const Model& model, VariableId v);

}  // namespace causal_gym

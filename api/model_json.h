// Models as JSON documents: {"name","graph","variables","mechanisms","story"}.
//
// {"given": [...], "table": [[...], ...], "coupling": "monotone"}, {"given": [...], "noisy_or":
// {"strengths": {"z": 0.3}, "leak": 0.1}}, {"given": [...], "deterministic": [...]}. A variable
// that is not listed is binary.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "engine/model/model.h"

namespace causal_gym {

struct ModelDocument {
  Model model;
  nlohmann::json story;  // as it came; null when there is none
};

// Errors: unknown_name (a field, variable, state or kind, with the nearest spelling),
// invalid_argument (a type; a kind of mechanism or variable that this version lacks; those of
// Model::create), cyclic_graph, parse_error (graph text), limit_exceeded. `where` is a path that
// begins with `path`.
[[nodiscard]] Result<ModelDocument> read_model_document(const nlohmann::json& value,
                                                        std::string_view path = {},
                                                        const Limits& limits = {});

// The same from text. Errors: also parse_error with the byte's position.
[[nodiscard]] Result<Model> parse_model_json(std::string_view text, const Limits& limits = {});

// Reading it gives the same model, number for number.
[[nodiscard]] nlohmann::json model_json(const Model& model, const nlohmann::json& story = nullptr);

}  // namespace causal_gym

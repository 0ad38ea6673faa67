// What MODEL and GRAPH mean on the command line, as the parts of a request.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "engine/base/result.h"
#include "platform/models/text_file.h"

namespace causal_gym {

// MODEL: a file ending in .json or .bif, or else an environment id; as the request's `model`.
[[nodiscard]] Result<nlohmann::json> model_argument(const std::string& text);

// GRAPH: graph text (anything with an edge, brace, bracket or tilde), a .dag, .txt, .dot, .gml,
// .graphml or .lav file, or MODEL; as a request object holding `graph` or `model`.
[[nodiscard]] Result<nlohmann::json> graph_argument(const std::string& text);

// The same as the value of a request's graph field: graph text, or {"model": ...}.
[[nodiscard]] Result<nlohmann::json> graph_only_argument(const std::string& text);

// A .json file, or JSON as it is written.
[[nodiscard]] Result<nlohmann::json> json_argument(const std::string& text);

}  // namespace causal_gym

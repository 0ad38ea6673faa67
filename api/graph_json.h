// Graphs in requests and answers: text, {"nodes","directed","bidirected","latent"}, or adjacency
// {"node": ["parent", ...]}.
#pragma once

#include <nlohmann/json.hpp>

#include "engine/graph/graph.h"

namespace causal_gym {

// A text is read by read_graph_text, whatever its format looks like. An object with any of the keys
// nodes, directed, bidirected, latent is of the second form (when `nodes` is there it lists every
// node); any other object is an adjacency, whose nodes come in byte order of their names. Errors:
// those of the readers and Graph::create; unknown_name (a field, an edge's end that `nodes` does
// not list), invalid_argument (a type); `where` begins with `path`.
[[nodiscard]] Result<Graph> read_graph_json(const nlohmann::json& value, std::string_view path,
                                            const Limits& limits = {});

// {"nodes","directed","bidirected","latent"}: reading it gives the same graph, save for attributes
// other than latent, which this form does not hold.
[[nodiscard]] nlohmann::json graph_json(const Graph& graph);

// {"node": ["parent", ...]}. Errors: invalid_argument when the graph holds bidirected edges or
// latent nodes, or a node is called as a key of the form above.
[[nodiscard]] Result<nlohmann::json> adjacency_json(const Graph& graph);

}  // namespace causal_gym

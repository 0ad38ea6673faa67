// Graphs as text: the project's own syntax, dagitty, Graphviz DOT; writers back, Mermaid and TikZ
// too.
//
// Each reader bounds its input (Limits), reports "line L, column C" and names the culprit. Reading
// what a writer wrote gives the same graph (own syntax, dagitty, DOT).
#pragma once

#include <string>
#include <string_view>

#include "engine/graph/graph.h"

namespace causal_gym {

// The syntax of "graphs as text", or a dagitty block `dag { ... }` (recognised by its first word).
[[nodiscard]] Result<Graph> parse_graph(std::string_view text, const Limits& limits = {});
// A Graphviz digraph: node and edge statements, chains, subgraph sets; attributes style=dashed or
// latent=true mark a latent node, dir=both a bidirected edge.
[[nodiscard]] Result<Graph> parse_dot(std::string_view text, const Limits& limits = {});

[[nodiscard]] std::string write_graph(const Graph& graph);
[[nodiscard]] std::string write_dagitty(const Graph& graph);
[[nodiscard]] std::string write_dot(const Graph& graph);
[[nodiscard]] std::string write_mermaid(const Graph& graph);
[[nodiscard]] std::string write_tikz(const Graph& graph);

// The name as the graph and query syntaxes write it: bare when it may be, otherwise in double
// quotes with \" and \\.
[[nodiscard]] std::string quoted_name(std::string_view name);

}  // namespace causal_gym

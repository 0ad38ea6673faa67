// Graphs as text: the project's own syntax, dagitty, Graphviz DOT; writers back, Mermaid and TikZ
// too.
//
// Each reader bounds its input (Limits), reports "line L, column C" and names the culprit. Reading
// what a writer wrote gives the same graph (own syntax, dagitty, DOT). Cost: linear in the text,
// and in the edges that sets stand for.
//
// Errors of the readers: parse_error (syntax, unknown attribute, empty set `{}`, undirected edge),
// invalid_argument (self-loop, repeated edge, node declared twice, malformed name), cyclic_graph
// (placed at the edge that closes the cycle), limit_exceeded.
//
// A statement without an arrow declares its nodes, and each node is declared at most once; edges
// may mention a node before or after, any number of times. A set is declared by being written, and
// must name a node.
#pragma once

#include <string>
#include <string_view>

#include "engine/graph/graph.h"

namespace causal_gym {

// The syntax of "graphs as text", or a dagitty block `dag { ... }` (recognised by its first word
// and the brace). In a block line ends do not count, dagitty's short attribute words are known, and
// the values that only place things (bb, pos and beta of edges) are skipped.
[[nodiscard]] Result<Graph> parse_graph(std::string_view text, const Limits& limits = {});
// A Graphviz digraph: node and edge statements, chains, subgraph sets, defaults; attributes
// style=dashed or latent=true mark a latent node, dir=both a bidirected edge; edges with
// style=invis are left out. `strict` merges repeated edges; elsewhere they are errors.
[[nodiscard]] Result<Graph> parse_dot(std::string_view text, const Limits& limits = {});

[[nodiscard]] std::string write_graph(const Graph& graph);
[[nodiscard]] std::string write_dagitty(const Graph& graph);
[[nodiscard]] std::string write_dot(const Graph& graph);
[[nodiscard]] std::string write_mermaid(const Graph& graph);
[[nodiscard]] std::string write_tikz(const Graph& graph);

// The name as the graph and query syntaxes write it: bare when it begins with an ASCII letter or
// '_' and goes on with those, digits, '.' and apostrophes; otherwise in double quotes with \" and
// \\.
[[nodiscard]] std::string quoted_name(std::string_view name);

}  // namespace causal_gym

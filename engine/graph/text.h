// Graphs as text: the project's own syntax, dagitty, Graphviz DOT, lavaan, GML, GraphML; writers
// back. Pictures (SVG, TikZ, Mermaid) are in engine/draw.
//
// Each reader bounds its input (Limits), reports "line L, column C" and names the culprit. Reading
// what a writer wrote gives the same graph (lavaan: without roles and positions). Cost: linear in
// the text, and in the edges that sets stand for. text_format.h reads a text by its look.
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
#include <vector>

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

// The model syntax of R's lavaan: `y ~ x` is x -> y, `f =~ x` is f -> x with f latent, `x ~~ y` is
// x <-> y; `a + b` on either side stands for each of them. A term may have modifiers (`b*x`,
// `start(0.8)*x`); one that is fixed at zero (`0*x`) is no edge. `~ 1` (an intercept), `x ~~ x` (a
// variance) and `f =~ 0` only mention their variable; definitions, constraints, thresholds and
// scales are skipped. Only what is written counts: lavaan's default covariances do not. Comments
// begin with # or !; names with other characters may be quoted, which lavaan itself does not read.
// Composites (`<~`) and products (`a:b`) are errors.
[[nodiscard]] Result<Graph> parse_lavaan(std::string_view text, const Limits& limits = {});
// GML (Himsolt 1997), of igraph, networkx and others: `graph [ directed 1 node [ id 1 label "a" ]
// edge [ source 1 target 2 ] ]`. What attributes mean is said in listed_graph.h; graphics [ x y ]
// is a position. Further errors: unknown_name (an edge to an id that no node has), an edge without
// direction.
[[nodiscard]] Result<Graph> parse_gml(std::string_view text, const Limits& limits = {});
// GraphML (Brandes et al. 2002) in UTF-8, with data by declared keys and their defaults; attributes
// as in GML. Nested graphs and hyperedges are errors. Entities that a document declares stay as
// they are written.
[[nodiscard]] Result<Graph> parse_graphml(std::string_view text, const Limits& limits = {});

[[nodiscard]] std::string write_graph(const Graph& graph);
[[nodiscard]] std::string write_dagitty(const Graph& graph);
[[nodiscard]] std::string write_dot(const Graph& graph);
// Further attributes, as in `color=red, penwidth=2`, of the graph, of nodes by id and of edges in
// their order; shorter lists leave the rest as it is. They must not change what parse_dot reads.
struct DotAttributes {
  std::string graph;
  std::vector<std::string> nodes;
  std::vector<std::string> directed;
  std::vector<std::string> bidirected;
};
[[nodiscard]] std::string write_dot(const Graph& graph, const DotAttributes& more);
[[nodiscard]] std::string write_gml(const Graph& graph);
[[nodiscard]] std::string write_graphml(const Graph& graph);
// Errors: invalid_argument (a name that lavaan cannot spell).
[[nodiscard]] Result<std::string> write_lavaan(const Graph& graph);

// The name as the graph and query syntaxes write it: bare when it begins with an ASCII letter or
// '_' and goes on with those, digits, '.' and apostrophes; otherwise in double quotes with \" and
// \\.
[[nodiscard]] std::string quoted_name(std::string_view name);

}  // namespace causal_gym

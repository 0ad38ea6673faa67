// A graph as a Graphviz digraph to be drawn by `dot`; it reads back as the same graph (parse_dot),
// cut edges included.
#pragma once

#include <string>

#include "engine/draw/options.h"

namespace causal_gym {

// write_dot with the marks as attributes of style: cut edges are dashed and say "cut", highlighted
// ones are thick, conditioned nodes filled boxes, intervened nodes have a double outline, selection
// nodes a thick one. The same graph and options give the same bytes. O(n + m log m).
[[nodiscard]] std::string draw_dot(const Graph& graph, const DrawOptions& options = {});

}  // namespace causal_gym

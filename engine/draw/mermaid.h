// A graph as a Mermaid flowchart, for Markdown pages; Mermaid lays it out itself.
//
// Latent nodes are dashed circles, intervened nodes have a double side, conditioned nodes square
// corners and a grey ground, selection nodes a thick border; bidirected edges are dotted with two
// arrowheads; cut edges are dotted and say "cut"; highlighted edges are thick.
#pragma once

#include <string>

#include "engine/draw/options.h"

namespace causal_gym {

// The same graph and options give the same bytes. O(n + m log m).
[[nodiscard]] std::string draw_mermaid(const Graph& graph, const DrawOptions& options = {});

}  // namespace causal_gym

// A graph as a picture: one self-contained SVG element, for pages and files alike.
//
// Nodes are rounded boxes; latent nodes are dashed ellipses, intervened nodes have a double border,
// conditioned nodes square corners and a grey ground, selection nodes a thick border. Bidirected
// edges are dashed with arrowheads at both ends; cut edges are dashed in their own colour and say
// "cut"; highlighted edges are thick.
// Ink is the page's text colour (currentColor), so the picture fits light and dark pages; the
// accents are CSS custom properties with defaults that read on both: --graph-exposure,
// --graph-outcome, --graph-highlight, --graph-cut. No ids: several pictures may share a page.
// Accessible: role="img", the title, and the graph in words as its description.
#pragma once

#include <string>

#include "engine/draw/options.h"

namespace causal_gym {

// The same graph and options give the same bytes. A graph that is too large to lay out
// (max_drawn_nodes, max_drawn_bends) gives a picture that says so.
[[nodiscard]] std::string draw_svg(const Graph& graph, const DrawOptions& options = {});

}  // namespace causal_gym

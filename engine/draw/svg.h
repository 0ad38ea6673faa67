// A graph as a picture: one self-contained SVG element, for pages and files alike.
//
// Nodes are rounded boxes, latent nodes dashed ellipses, intervened nodes have a double border.
// Bidirected edges are dashed with arrowheads at both ends, cut edges are dotted and say "cut".
// Ink is the page's text colour (currentColor), so the picture fits light and dark pages; the
// accents are CSS custom properties with defaults that read on both: --graph-exposure,
// --graph-outcome, --graph-highlight, --graph-cut. No ids: several pictures may share a page.
// Accessible: role="img", the title, and the graph in words as its description.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/graph/graph.h"

namespace causal_gym {

struct DrawOptions {
  NodeSet highlighted;              // in the highlight colour, unless exposure or outcome
  NodeSet intervened;               // under do(): bidirected edges at these are drawn as cut
  std::vector<Edge> cut;            // directed edges drawn as cut
  std::vector<std::string> labels;  // shown instead of the names, by node; empty: the names
  std::string title = "Causal graph";
  std::optional<bool> dark;  // a fixed ink for a dark (light) background; none: the page's
};

// Larger graphs give a picture that says how many nodes are too many to draw.
inline constexpr std::size_t max_drawn_nodes = 300;
inline constexpr std::size_t max_drawn_bends = 10'000;  // edges times the columns they pass

// The same graph and options give the same bytes.
[[nodiscard]] std::string draw_svg(const Graph& graph, const DrawOptions& options = {});

}  // namespace causal_gym

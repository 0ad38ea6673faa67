// A graph as a TikZ picture for LaTeX: the same places, routes and marks as the SVG.
//
// Coordinates are the layout's, in units of 0.75 pt (a CSS pixel) with y downwards, so no edge runs
// through a node whatever the document's fonts. It needs `\usepackage{tikz}` and no TikZ library;
// names in other scripts than Latin need XeLaTeX or LuaLaTeX and a font that has them.
#pragma once

#include <string>

#include "engine/draw/options.h"

namespace causal_gym {

// The same graph and options give the same bytes. Errors: limit_exceeded (a graph too large to lay
// out). Cost: that of compose_picture.
[[nodiscard]] Result<std::string> draw_tikz(const Graph& graph, const DrawOptions& options = {});

}  // namespace causal_gym

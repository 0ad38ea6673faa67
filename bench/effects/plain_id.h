// ID as its lines are written (Shpitser & Pearl 2006, AAAI, figure 3), on a new graph for every
// line, the verdict alone: the plain road that the engine's ID is compared with.
//
// Source: the paper's figure. Cost: O(n) graphs of O(n + m) for each call, O(n) calls.
#pragma once

#include "engine/graph/graph.h"

namespace causal_gym::plain {

// Is P(y | do(x)) identifiable in the ADMG? Nodes by name, because every line renumbers them.
[[nodiscard]] bool identifiable(const Graph& graph, const std::vector<std::string>& x,
                                const std::vector<std::string>& y);

}  // namespace causal_gym::plain

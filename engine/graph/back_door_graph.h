// The paths from x to y that carry its effect, and the graph without them.
//
// A causal path is proper when only its first node is in x. Source: van der Zander, Liskiewicz &
// Textor 2019, Artificial Intelligence 270, section 2 (proper back-door graph, dpcp); Perkovic,
// Textor, Kalisch & Maathuis 2018, JMLR 18. Each function costs O(n + m log m).
#pragma once

#include "engine/graph/graph.h"

namespace causal_gym {

// Nodes outside x that lie on proper causal paths from x to y; members of y at their end included.
// x and y are disjoint.
[[nodiscard]] NodeSet nodes_on_proper_causal_paths(const Graph& graph, const NodeSet& x,
                                                   const NodeSet& y);

// The graph without the first edges of proper causal paths from x to y. What is open from x to y in
// it is open by a proper path that is not causal, as long as no descendant of a node on a proper
// causal path is conditioned on.
[[nodiscard]] Graph proper_back_door_graph(const Graph& graph, const NodeSet& x, const NodeSet& y);

// The graph without the edges x -> y: what is left of the effect is indirect.
[[nodiscard]] Graph indirect_graph(const Graph& graph, const NodeSet& x, const NodeSet& y);

}  // namespace causal_gym

// Which nodes shield a node from the others.
//
// Source: Pearl 1988 (blankets of DAGs); Richardson 2003, Scandinavian Journal of Statistics 30
// (ADMGs: neighbours in the augmented graph; the ordered local Markov property); Tian & Pearl 2002.
#pragma once

#include <span>

#include "engine/graph/graph.h"

namespace causal_gym {

// The smallest set of observed nodes that m-separates the set from all other observed nodes. In an
// ADMG: whatever a path of colliders alone joins to a member. A graph with latent nodes is
// projected first. Errors: invalid_argument (a member is not a node of the graph, or is latent),
// limit_exceeded (edges of the projection). O(n + m), and O(n (n + m)) for the projection.
[[nodiscard]] Result<NodeSet> markov_blanket(const Graph& graph, const NodeSet& of,
                                             const Limits& limits = {});

// The districts that the set meets, with their parents, without the set: the blanket of a set
// among the nodes that have no descendant of it (Ananke's markov_blanket). O(n + m).
[[nodiscard]] NodeSet district_blanket(const Graph& graph, const NodeSet& of);

// The district blanket of the set within the nodes up to the last of the set in `order`, which
// lists all nodes parents first: each node is independent of its other predecessors given its
// pillow. O(n + m).
[[nodiscard]] NodeSet markov_pillow(const Graph& graph, const NodeSet& of,
                                    std::span<const NodeId> order);

}  // namespace causal_gym

// Tian's decomposition of a linear structural equation model: each district of an ancestral set
// makes a smaller model whose covariance matrix follows from the whole one.
//
// The component of a district C is the mixed graph over C and its parents with the edges into C;
// parents outside C stand alone. Its parameters are those of the whole model into C, and its
// covariance matrix is made of the regressions of C's nodes on all that precedes them.
// Source: Tian 2005, AAAI-05; Foygel, Draisma & Drton 2012; Drton & Weihs 2016,
// Scandinavian Journal of Statistics 43 (components of ancestral subgraphs).
#pragma once

#include <vector>

#include "engine/graph/graph.h"
#include "engine/linear/square_matrix.h"

namespace causal_gym {

struct MixedComponent {
  NodeSet district;
  std::vector<NodeId> nodes;  // district and parents, increasing; position = node of `graph`
  Graph graph;

  [[nodiscard]] NodeSet to_component(const NodeSet& set) const;  // members of `nodes` alone
  [[nodiscard]] NodeSet to_whole(const NodeSet& set) const;
};

// The component of a district of some ancestral set of the graph. O(n + m).
[[nodiscard]] MixedComponent mixed_component(const Graph& graph, const NodeSet& district);

// One component for each district of the graph, in order of their smallest node. O(n (n + m)).
[[nodiscard]] std::vector<MixedComponent> tian_decomposition(const Graph& graph);

// The covariance matrix of the component's model, over its nodes: parents outside the district have
// variance one. `covariance` is of the whole graph's nodes. Errors: invalid_argument (the matrix is
// not positive definite over the district's ancestors). O(a^3), a ancestors of the district.
[[nodiscard]] Result<SquareMatrix> component_covariance(const Graph& graph,
                                                        const MixedComponent& component,
                                                        const SquareMatrix& covariance);

}  // namespace causal_gym

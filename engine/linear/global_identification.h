// Are the parameters of a linear structural equation model a function of the covariance matrix for
// all parameters, without exception?
//
// For a DAG with bidirected edges the answer is no exactly when, for some node (the root), some set
// of two or more nodes with it is joined by bidirected edges and every member reaches the root by
// directed edges inside the set. Source: Drton, Foygel & Sullivant 2011, Annals of Statistics 39.
// Cost: O(n^2 (n + m)).
#pragma once

#include "engine/graph/graph.h"

namespace causal_gym {

struct GlobalIdentification {
  bool identifiable = true;
  // Otherwise the witness.
  NodeId root = 0;
  NodeSet nodes;  // joined by bidirected edges, each an ancestor of the root, all inside the set
};

// Errors: those of check_mixed_graph.
[[nodiscard]] Result<GlobalIdentification> global_identification(const Graph& graph,
                                                                 const Limits& limits = {});

}  // namespace causal_gym

// m-separation for the checker of derivations, by another road than separation.h and admg_rows.h.
//
// In the subgraph over the ancestors of all nodes named, each district and its parents are made a
// clique (the augmented graph; of a DAG the moral graph); left and right are separated when every
// walk between them there meets the condition. Source: Richardson 2003, Scand. J. Statist. 30;
// Lauritzen et al. 1990. Cost: O(n + m) beside the sizes of the cliques.
#pragma once

#include "engine/graph/graph.h"
#include "engine/identify/derivation.h"

namespace causal_gym {

// Latent nodes are nodes like all others, on which nothing is conditioned. The sets are disjoint.
[[nodiscard]] bool holds(const Graph& graph, const SeparationStatement& statement);

// The members of `candidates` that no directed path to `of` leaves in the graph without edges into
// `no_incoming`: rule 3's Z(W).
[[nodiscard]] NodeSet not_ancestors(const Graph& graph, const NodeSet& candidates,
                                    const NodeSet& of, const NodeSet& no_incoming);

}  // namespace causal_gym

// Hedges: the witness that an effect cannot be had from observation alone.
//
// Two forests over the latent projection, one inside the other, with the same roots. In each, the
// bidirected edges join all nodes and every node but the roots has one child. The outer one meets
// the treatment, the inner does not, and the roots are ancestors of the outcome when the treatment
// is cut off. Two models then agree on everything seen and differ in the effect.
// Source: Shpitser & Pearl 2006, AAAI, definitions 5 to 7 and theorem 4. Cost: O(n + m).
#pragma once

#include <string>
#include <vector>

#include "engine/graph/admg_rows.h"

namespace causal_gym {

struct Hedge {
  NodeSet treatment;  // the effect that the hedge forbids: treatment on outcome
  NodeSet outcome;
  NodeSet outer;
  NodeSet inner;
  NodeSet roots;
  // Edges of the outer forest in the latent projection, those of the inner one first.
  std::vector<Edge> directed;
  std::vector<Edge> bidirected;
};

// The hedge that a failure of Identify leaves behind: `inner` and `outer` each are one district of
// their subgraph, and every node of `outer` is an ancestor of `inner` in it.
[[nodiscard]] Hedge make_hedge(const AdmgRows& rows, const NodeSet& treatment,
                               const NodeSet& outcome, const NodeSet& outer, const NodeSet& inner);

// Is this a hedge in the graph? Ok, or invalid_argument that says which part of the definition
// fails. Reads nothing but the graph and the definition.
[[nodiscard]] Status check_hedge(const Graph& graph, const Hedge& hedge);

// "the district {x, y} cannot be taken apart to reach {y}": one sentence for people.
[[nodiscard]] std::string hedge_text(const Graph& graph, const Hedge& hedge);

}  // namespace causal_gym

// Coefficients from determinants of the covariance matrix that vanish because of treks: one edge
// w -> v at a time, conditional instruments among them.
//
// For sources S and a set T without w, v and descendants of v, |S| = |T| + 1: when the covariances
// of S with T and w have full rank, and those of S with T and v would not, were w -> v and the
// known edges into v not there, then cov(s, v) less its known part is b(w -> v) cov(s, w) plus a
// combination of the cov(s, t), the same for each s in S. Ranks are maximum flows;
// determinants of a sample, exact in residues modulo a prime, spare most of them.
// Source: Weihs, Robinson, Dufresne, Kenkel, Kubjas, McGee, Nguyen, Robeva & Drton 2018, Journal of
// Causal Inference 6 (identification by trek separation); Sullivant, Talaska & Draisma 2010, Annals
// of Statistics 38 (ranks). Cost: two small determinants for each S and T; their
// sizes are bounded below.
#pragma once

#include <optional>
#include <vector>

#include "engine/graph/graph.h"

namespace causal_gym {

// T has at most two nodes in a graph of at most so many nodes, one in a somewhat larger one, and
// is not sought in graphs beyond.
inline constexpr std::size_t max_nodes_for_pairs = 16;
inline constexpr std::size_t max_nodes_for_singles = 60;

struct SeparatedEdge {
  NodeSet sources;  // S
  NodeSet beside;   // T; not empty: an empty T is an instrument, which half-treks find
};

// Sets that determine the coefficient of from -> to, known those of the other edges into `to` from
// `known`; nullopt when the bounded search finds none.
[[nodiscard]] std::optional<SeparatedEdge> find_separated_edge(const Graph& graph, NodeId from,
                                                               NodeId to, const NodeSet& known);

}  // namespace causal_gym

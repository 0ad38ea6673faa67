// Random graphs, for property tests and generators: each pair of nodes is joined independently of
// the others (Erdos & Renyi 1959), along a random order, so that the order of nodes says nothing
// about the edges.
#pragma once

#include "engine/base/rng.h"
#include "engine/graph/graph.h"

namespace causal_gym {

// A DAG over `node_count` nodes a, b, .., z, v26, v27, ..; each of the n (n - 1) / 2 pairs has an
// edge with this probability. More nodes or edges than Limits allows by default is a broken
// invariant. O(n^2).
[[nodiscard]] Graph random_dag(std::size_t node_count, double edge_probability, Rng& rng);

// The same, and each pair has a bidirected edge with the other probability, on its own account.
[[nodiscard]] Graph random_admg(std::size_t node_count, double edge_probability,
                                double bidirected_probability, Rng& rng);

}  // namespace causal_gym

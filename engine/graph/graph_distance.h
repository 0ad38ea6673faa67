// How far a guessed graph is from the true one, edge by edge.
//
// Source: Tsamardinos, Brown & Aliferis 2006, Machine Learning 65 (structural Hamming distance),
// here with bidirected edges as edges of their own. Nodes are matched by name.
#pragma once

#include <vector>

#include "engine/graph/graph.h"

namespace causal_gym {

// How the two graphs join one pair of nodes that they join differently; ids are the true graph's.
struct EdgeDifference {
  enum class Kind { missing, extra, reversed, missing_bidirected, extra_bidirected };
  NodeId a = 0;
  NodeId b = 0;
  Kind kind = Kind::missing;
};

struct GraphDistance {
  // Pairs whose directed edge differs (missing, extra and reversed count 1 each) plus pairs whose
  // bidirected edge differs (1 each).
  std::size_t structural_hamming = 0;
  double normalised = 0;  // divided by the number of pairs, twice that when either graph has
                          // bidirected edges; 0 for fewer than two nodes
  // Of the guess's directed edges, the share that the truth has; of the truth's, the share that was
  // guessed; their harmonic mean. A share of nothing is 1, so that two empty graphs agree.
  double precision = 1;
  double recall = 1;
  double f1 = 1;
  std::vector<EdgeDifference> differences;  // directed ones first, each in order of nodes
};

// Errors: unknown_name when either graph lacks a node of the other. O(n log n + m log m).
[[nodiscard]] Result<GraphDistance> graph_distance(const Graph& truth, const Graph& guess);

// "missing", "extra", "reversed", "missing_bidirected", "extra_bidirected".
[[nodiscard]] std::string_view edge_difference_name(EdgeDifference::Kind kind);

}  // namespace causal_gym

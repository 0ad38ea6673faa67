// What a DAG shares with all DAGs of the same separations: its CPDAG, and whether another is among
// them.
//
// Source: Verma & Pearl 1990 (equivalent: same skeleton, same colliders of unjoined parents);
// Chickering 1995, UAI (labelling compelled edges). Graphs with bidirected edges or latent nodes
// are refused: their classes are not described by CPDAGs.
#pragma once

#include <string>
#include <vector>

#include "engine/graph/undirected_graph.h"

namespace causal_gym {

struct Cpdag {
  std::vector<Edge> directed;  // the same in every equivalent DAG; in increasing order
  UndirectedGraph undirected;  // one way in some, the other way in others
  friend bool operator==(const Cpdag&, const Cpdag&) = default;
};

// Errors: invalid_argument, which names a latent node or a bidirected edge. O(m d + n log n), d the
// greatest number of parents.
[[nodiscard]] Result<Cpdag> cpdag(const Graph& dag);

struct EquivalenceCheck {
  bool equivalent = true;
  // Why not, one sentence: "only the first graph joins 'a' and 'b'".
  std::string reason;
};

// Have the two DAGs, their nodes matched by name, the same separations? Errors: as for cpdag;
// unknown_name when either lacks a node of the other. O(m d + n log n).
[[nodiscard]] Result<EquivalenceCheck> check_equivalence(const Graph& first, const Graph& second);

}  // namespace causal_gym

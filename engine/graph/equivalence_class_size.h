// How many DAGs have the separations of a DAG.
//
// Each DAG of the class orients each component of the CPDAG's undirected part, a chordal graph,
// without cycles and without new colliders; the components are independent. Clique-Picking counts
// these orientations in polynomial time: by the maximal clique that comes first, with permutations
// of it that another clique would claim left out.
// Source: Wienoebst, Bannach & Liskiewicz 2021, AAAI, "Polynomial-time algorithms for counting and
// sampling Markov equivalent DAGs" (algorithm 1, theorems 2 and 3).
#pragma once

#include <string>

#include "engine/base/cancellation.h"
#include "engine/graph/undirected_graph.h"

namespace causal_gym {

struct ClassSize {
  std::string digits;  // exact, in decimal: the class of a complete DAG of 50 nodes has 65 digits
  double approximate = 0;  // nearest double; infinite above its range
};

// The size of the DAG's Markov equivalence class, itself included. Errors: invalid_argument as for
// cpdag; cancelled. At most 2 k - 1 subproblems for k maximal cliques, each O(k (n + m)).
[[nodiscard]] Result<ClassSize> equivalence_class_size(const Graph& dag,
                                                       const CancellationToken& cancellation = {});

// Is the graph chordal: has every cycle of four or more nodes a chord? O(n + m log n).
[[nodiscard]] bool is_chordal(const UndirectedGraph& graph);

// In how many ways can the edges of a chordal graph be oriented without a cycle and without a
// collider of unjoined parents? Errors: invalid_argument when it is not chordal; cancelled.
[[nodiscard]] Result<ClassSize> count_moral_orientations(
    const UndirectedGraph& graph, const CancellationToken& cancellation = {});

}  // namespace causal_gym

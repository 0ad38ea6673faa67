// What a graph says of the data: the conditional independencies among its observed nodes.
//
// Source: Pearl 2009, section 1.2; Textor, van der Zander, Gilthorpe, Liskiewicz & Ellison 2016
// (minimal testable implications); Verma & Pearl 1988 (basis of a DAG: each node and its
// non-descendants given its parents); Richardson 2003 (ordered local Markov property of ADMGs).
#pragma once

#include <vector>

#include "engine/identify/minimal_separators.h"

namespace causal_gym {

struct Independence {
  NodeId x = 0;
  NodeId y = 0;                // x < y
  std::vector<NodeSet> given;  // the minimal sets, smaller first
};

struct ImpliedIndependencies {
  std::vector<Independence> pairs;  // by x, then y; pairs that no set separates are left out
  bool complete = true;             // false when a limit or a cancellation cut the list
};

struct ImplicationLimits {
  std::size_t sets = 1'000;         // all minimal sets together
  std::size_t sets_of_a_pair = 20;  // of one pair
};

// All pairs of observed nodes that some set of observed nodes separates, each with its minimal
// sets. O(n^2) searches, each with polynomial delay.
[[nodiscard]] ImpliedIndependencies minimal_independencies(
    const Graph& graph, const ImplicationLimits& limits = {},
    const CancellationToken& cancellation = {});

struct LocalIndependence {
  NodeId x = 0;
  NodeSet others;  // independent of x given `given`; not empty
  NodeSet given;
};

struct BasisIndependencies {
  std::vector<LocalIndependence> statements;  // by x, then larger sets of others first
  bool complete = true;                       // false when the limit or a cancellation cut the list
};

// Independencies that imply all others among the observed nodes. In a DAG, x and its
// non-descendants given its parents: at most one for each node. In an ADMG, or a graph with latent
// nodes, which is projected: x and the rest of an ancestral set of its predecessors in topological
// order, given its district there and the parents of that; for each district that some such set
// gives, the largest set that gives it. There can be exponentially many of these, so `limit` bounds
// them. Errors: limit_exceeded (edges of the projection). O(n + m) for each member of each
// district.
[[nodiscard]] Result<BasisIndependencies> basis_independencies(
    const Graph& graph, std::size_t limit = 1'000, const Limits& limits = {},
    const CancellationToken& cancellation = {});

}  // namespace causal_gym

// What the nested Markov model of an ADMG adds to its separations: sets that fixing reaches, the
// districts among them, and the arid graph with the same model.
//
// A node is fixable in a set when, within the set, no other node is both in its district and below
// it; fixing takes it out. Source: Richardson, Evans, Robins & Shpitser 2023, Annals of Statistics
// 51 (fixing, reachable and intrinsic sets); Shpitser, Evans & Richardson 2018, UAI (maximal arid
// projection). All nodes count as observed: project latent nodes first.
#pragma once

#include <vector>

#include "engine/base/cancellation.h"
#include "engine/graph/graph.h"

namespace causal_gym {

// The smallest set that holds `of` and that fixing reaches from all nodes. O(n k (n + m)) when
// it has k districts.
[[nodiscard]] NodeSet reachable_closure(const Graph& graph, const NodeSet& of);

struct IntrinsicSets {
  std::vector<NodeSet> sets;  // smaller first, then by node order
  bool complete = true;       // false when the limit or a cancellation cut the list
};

// The districts of all sets that fixing reaches, at most `limit` of them: P(v) factorises into
// their kernels, each a function of P(v). There can be exponentially many.
[[nodiscard]] IntrinsicSets intrinsic_sets(const Graph& graph, std::size_t limit,
                                           const CancellationToken& cancellation = {});

// The graph with the same nested Markov model in which every closure of a single node is that node:
// a -> b when a is a parent of a member of b's closure, a <-> b when neither is so and the closure
// of both together hangs together by bidirected edges. Errors: limit_exceeded (edges), cancelled.
// O(n^3 (n + m)).
[[nodiscard]] Result<Graph> maximal_arid_projection(const Graph& graph, const Limits& limits = {},
                                                    const CancellationToken& cancellation = {});

// Does the nested Markov model constrain nothing? True when each two nodes are joined in the
// maximal arid projection. Errors: as for the projection.
[[nodiscard]] Result<bool> is_nonparametrically_saturated(
    const Graph& graph, const Limits& limits = {}, const CancellationToken& cancellation = {});

}  // namespace causal_gym

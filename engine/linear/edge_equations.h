// The search for one step of identification within one mixed graph: parents W of a node and sources
// Y whose equations determine the coefficients of W.
//
// Source: Weihs et al. 2018, Journal of Causal Inference 6, edgewise identification, with its
// condition on treks read as: each source, less its known part, has covariance zero with the noise
// of the node and with the parents that are neither known nor in W. Cost: one maximum flow for each
// subset W.
#pragma once

#include <optional>
#include <vector>

#include "engine/linear/half_trek.h"

namespace causal_gym {

// known_parents[v]: the parents of v whose coefficients are known.
using KnownParents = std::vector<NodeSet>;

// Reach sets of one graph, found once.
class EdgeEquations {
 public:
  // `graph` must outlive this. O(n (n + m)).
  explicit EdgeEquations(const Graph& graph);

  struct Found {
    NodeSet parents;                  // W
    std::vector<NodeId> sources;      // Y
    std::vector<NodeSet> subtracted;  // for each source: its known parents, or none of them
  };

  // All open parents of v at once, with sources that are left whole or wholly known: theorem 1 of
  // Foygel, Draisma & Drton 2012.
  [[nodiscard]] std::optional<Found> for_all_parents(NodeId v, const KnownParents& known) const;
  // The largest subset of open parents that some sources determine.
  [[nodiscard]] std::optional<Found> for_some_parents(NodeId v, const KnownParents& known) const;

 private:
  enum class Reduction { wholly_known, partly_known };
  [[nodiscard]] std::optional<Found> find(NodeId v, const NodeSet& parents,
                                          const KnownParents& known, Reduction reduction) const;
  [[nodiscard]] bool whole_source_fits(NodeId y, NodeId v, const NodeSet& others) const;
  [[nodiscard]] bool reduced_source_fits(NodeId y, NodeId v, const NodeSet& others,
                                         const NodeSet& open_of_y) const;

  const Graph& graph_;
  std::vector<NodeSet> half_treks_;  // [v]: half_trek_reach
  std::vector<NodeSet> treks_;       // [v]: trek_reach
};

}  // namespace causal_gym

// How many effects a guessed graph gets wrong: the score of a graph by what it is good for.
//
// For each ordered pair of nodes the guess either says that there is no effect or names an
// adjustment set by one of three strategies; the verdict is wrong when the truth has an effect
// after all, or the set is no valid one in it. Zero means that each effect that the guess estimates
// is right; the distance is not symmetric. Source: Henckel, Wuertzen & Weichwald 2024, UAI,
// "Adjustment identification distance"; with parents as sets it is the structural intervention
// distance (Peters & Buehlmann 2015). O-sets: Henckel, Perkovic & Maathuis 2022, JRSS B 84.
#pragma once

#include <vector>

#include "engine/base/cancellation.h"
#include "engine/graph/graph.h"

namespace causal_gym {

// Which set the guess adjusts for, and when it says that there is no effect of t on y.
enum class AdjustmentStrategy {
  parents,    // the parents of t; no effect when y is one of them
  ancestors,  // the ancestors of t; no effect when y does not descend from t
  optimal,    // the parents of causal nodes that are not forbidden; no effect as for ancestors
};

// "parents", "ancestors", "optimal".
[[nodiscard]] std::string_view adjustment_strategy_name(AdjustmentStrategy strategy);

struct AdjustmentIdentificationDistance {
  std::size_t wrong = 0;
  std::size_t pairs = 0;  // n (n - 1)
  double normalised = 0;  // wrong / pairs; 0 when there are no pairs
  std::vector<Edge>
      wrong_pairs;  // cause and outcome, increasing; ids of the truth's observed nodes
};

// Nodes are matched by name. The truth may hold bidirected edges and latent nodes: pairs are those
// of its observed nodes, and a verdict is right when the set is valid among them. The guess is a
// DAG over the truth's observed nodes. Errors: invalid_argument (the guess has a latent node or a
// bidirected edge), unknown_name (a node of one that the other lacks), limit_exceeded (edges of the
// truth's projection), cancelled. O(n (n + m)) for parents and ancestors, O(n^2 (n + m)) for
// optimal.
[[nodiscard]] Result<AdjustmentIdentificationDistance> adjustment_identification_distance(
    const Graph& truth, const Graph& guess, AdjustmentStrategy strategy, const Limits& limits = {},
    const CancellationToken& cancellation = {});

}  // namespace causal_gym

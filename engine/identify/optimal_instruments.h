// The conditional instruments that make two-stage least squares most precise, as far as the graph
// can tell.
//
// Source: Henckel, Buttenschoen & Maathuis 2024, Biometrika 111 (graphically optimal conditional
// instrumental sets). Paper -> code: Z-degree -> instruments, W-degree -> given. Cost: that of one
// latent projection, O(n (n + m)).
#pragma once

#include <optional>

#include "engine/graph/graph.h"

namespace causal_gym {

struct OptimalInstruments {
  NodeSet instruments;
  NodeSet given;
};

// For the total effect of x on y, among sets that hold no descendant of x. given is the district of
// y without x, and its parents; the instruments are the district of x without y, and its parents,
// as far as they are not given; both in the graph over observed nodes that do not descend from x,
// and y. The paper's conditions: y descends from x, and an instrument is a parent or spouse of x.
// Then no other such pair of sets is more precise in every model. Nullopt when a condition fails or
// the pair is not valid: other instruments may exist (instruments.h), but none is known to be best.
// Errors: invalid_argument as in instruments.h; limit_exceeded (edges of the projection).
[[nodiscard]] Result<std::optional<OptimalInstruments>> optimal_instruments(
    const Graph& graph, NodeId x, NodeId y, const Limits& limits = {});

}  // namespace causal_gym

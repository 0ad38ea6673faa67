// What all criteria share: checks of the node sets they are given, and how sentences show them.
#pragma once

#include <string>

#include "engine/graph/graph.h"

namespace causal_gym {

// Are these observed nodes of the graph? Errors: invalid_argument, which names the node and the
// set's `role` ("treatment", "adjustment set", ...).
[[nodiscard]] Status check_observed(const Graph& graph, const NodeSet& set, std::string_view role);

// Have the sets no node in common? Errors: invalid_argument, which names a node of both.
[[nodiscard]] Status check_disjoint(const Graph& graph, const NodeSet& a, std::string_view role_a,
                                    const NodeSet& b, std::string_view role_b);

// Treatment and outcome as every criterion wants them: not empty, observed, disjoint.
[[nodiscard]] Status check_treatment_and_outcome(const Graph& graph, const NodeSet& x,
                                                 const NodeSet& y);

// "a", or "{a, b}" for sets that have not exactly one member; names quoted where the graph syntax
// needs it.
[[nodiscard]] std::string set_text(const Graph& graph, const NodeSet& set);

}  // namespace causal_gym

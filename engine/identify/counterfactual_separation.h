// Are counterfactual variables independent given others? Separation in the ancestral multi-world
// network (AMWN): one node for each variable in each world where it differs, the noise of a
// variable joining its copies.
//
// Source: Correa & Bareinboim 2025, ICML, "Counterfactual graphical models: constraints and
// inference" (AMWN; rule 2 of the ctf-calculus; rules 1 and 3, consistency and
// exclusion, are how the network is built). Sound: separated variables are independent in every
// model of the graph; complete when variables may have more than two states. Cost: that of
// counterfactual_network.h, and O(N^2) for its N nodes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/cancellation.h"
#include "engine/graph/separation.h"
#include "engine/identify/counterfactual_event.h"

namespace causal_gym {

struct CounterfactualSeparation {
  bool separated = true;
  Graph network;                  // its nodes are named as the terms they are: "Y[X=x]"
  std::optional<Path> open_path;  // in the network, when not separated
};

// Are the variables of x independent of those of y given those of z? Terms that their subscripts
// set are constants, which are independent of everything; what is in z does not count in x and y.
// Terms in both x and y (the same variable, however written) are not separated: the path is that
// node alone. Errors: invalid_argument (check_term; x or y is empty), limit_exceeded (nodes and
// edges of the network), cancelled.
[[nodiscard]] Result<CounterfactualSeparation> counterfactual_separated(
    const Graph& graph, const ValueSymbols& symbols, const std::vector<CounterfactualTerm>& x,
    const std::vector<CounterfactualTerm>& y, const std::vector<CounterfactualTerm>& z,
    const Limits& limits = {}, const CancellationToken& cancellation = {});

}  // namespace causal_gym

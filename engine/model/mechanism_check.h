// Is this mechanism one for this variable of this graph? The part of Model::create that looks at
// the numbers.
#pragma once

#include <span>

#include "engine/base/limits.h"
#include "engine/base/result.h"
#include "engine/graph/graph.h"
#include "engine/model/mechanism.h"

namespace causal_gym {

// Checks what Model::create promises of mechanism v, and divides the rows of a table by their sums.
// `variables` are well formed and in the order of the graph's nodes. O(size of the mechanism).
[[nodiscard]] Status check_mechanism(const Graph& graph, std::span<const Variable> variables,
                                     VariableId v, Mechanism& mechanism, const Limits& limits);

}  // namespace causal_gym

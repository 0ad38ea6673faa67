// The front-door criterion: mediators that carry the whole effect of x on y and are themselves
// unconfounded.
//
// Source: Pearl 1995, Biometrika 82; Jeong, Tian & Bareinboim 2022, NeurIPS (finding a set in
// polynomial time); Wienoebst, van der Zander & Liskiewicz 2024, AAAI (minimal sets).
#pragma once

#include <optional>
#include <string>

#include "engine/expression/expression.h"
#include "engine/graph/separation.h"

namespace causal_gym {

struct FrontDoorCheck {
  bool valid = false;
  std::string reason;  // one sentence with the condition that fails
  std::optional<Path> open_path;
};

// Does z intercept every directed path from x to y, with no open back-door path from x to z, and
// every back-door path from z to y blocked by x? The empty set does when x has no effect on y.
// Errors: invalid_argument as in adjustment.h.
[[nodiscard]] Result<FrontDoorCheck> check_front_door(const Graph& graph, const NodeSet& x,
                                                      const NodeSet& y, const NodeSet& z);

// A minimal front-door set, or nullopt when none exists. Polynomial: O(n (n + m)).
[[nodiscard]] Result<std::optional<NodeSet>> find_front_door_set(const Graph& graph,
                                                                 const NodeSet& x,
                                                                 const NodeSet& y);

// sum_{z} P(z | x) sum_{x'} P(y | x', z) P(x'); P(y) when z is empty.
[[nodiscard]] ExpressionPtr front_door_estimand(const NodeSet& x, const NodeSet& y,
                                                const NodeSet& z);

}  // namespace causal_gym

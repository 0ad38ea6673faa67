// The front-door criterion: mediators that carry the whole effect of x on y and are themselves
// unconfounded. Find the largest, a minimal, or all such sets.
//
// Source: Pearl 1995, Biometrika 82; Jeong, Tian & Bareinboim 2022, NeurIPS (bounds, listing with
// polynomial delay); Wienoebst, van der Zander & Liskiewicz 2022, arXiv 2211.16468, and 2024, AAAI
// (linear time, minimal sets).
#pragma once

#include <optional>
#include <string>

#include "engine/expression/expression.h"
#include "engine/graph/separation.h"
#include "engine/identify/minimal_separators.h"

namespace causal_gym {

struct FrontDoorCheck {
  bool valid = false;
  std::string reason;  // one sentence with the condition that fails
  std::optional<Path> open_path;
};

// Does z intercept every directed path from x to y, with no open back-door path from x to z, and
// every back-door path from z to y blocked by x? The empty set does when x has no effect on y.
// Errors (all functions here): invalid_argument as in adjustment.h. O(n + m).
[[nodiscard]] Result<FrontDoorCheck> check_front_door(const Graph& graph, const NodeSet& x,
                                                      const NodeSet& y, const NodeSet& z);

// Sets hold all of `must` and nothing of `must_not`, which may name anything else; to choose from r
// alone, give all other nodes as `must_not`.
struct FrontDoorLimits {
  NodeSet must;
  NodeSet must_not;
  std::size_t sets = 100;
};

// A front-door set from which no part can be left out without `must` or the criterion failing, or
// nullopt when none exists. options.sets does not matter. Errors: also invalid_argument when `must`
// and `must_not` overlap. O(n + m).
[[nodiscard]] Result<std::optional<NodeSet>> find_front_door_set(
    const Graph& graph, const NodeSet& x, const NodeSet& y, const FrontDoorLimits& options = {});

// The largest front-door set, which holds all others, or nullopt when none exists. O(n + m).
[[nodiscard]] Result<std::optional<NodeSet>> largest_front_door_set(
    const Graph& graph, const NodeSet& x, const NodeSet& y, const FrontDoorLimits& options = {});

// All front-door sets, at most options.sets of them; O(n (n + m)) from one to the next.
[[nodiscard]] Result<SetListing> list_front_door_sets(const Graph& graph, const NodeSet& x,
                                                      const NodeSet& y,
                                                      const FrontDoorLimits& options = {},
                                                      const CancellationToken& cancellation = {});

// sum_{z} P(z | x) sum_{x'} P(y | x', z) P(x'); P(y) when z is empty.
[[nodiscard]] ExpressionPtr front_door_estimand(const NodeSet& x, const NodeSet& y,
                                                const NodeSet& z);

}  // namespace causal_gym

// In which order to sum variables out, and what that will cost, before any table is made.
//
// Source: Kjaerulff 1990 (min-fill and min-weight); Koller & Friedman 2009, section 9.4.3. Both
// greedy orders are tried and the one that visits fewer cells is taken; ties go to the smaller
// table, then to the smaller index, so that the order depends on the input alone. Cost: O(n^2 + n
// d^2 n/64) for n variables of degree d.
#pragma once

#include <span>
#include <vector>

#include "engine/base/cancellation.h"

namespace causal_gym {

struct EliminationPlan {
  std::vector<std::size_t> order;  // variables to sum out
  std::size_t largest_table = 1;   // cells of the largest table that is made; saturates
  std::size_t live_cells = 0;      // cells of all tables that exist at one time, at most; saturates
  double visited_cells = 0;        // work: cells of all products together
};

// scopes: the variables (0 .. cardinalities.size() - 1) of each table. kept: variables that stay,
// one flag each; the last table is over these. Errors: cancelled.
[[nodiscard]] Result<EliminationPlan> plan_elimination(
    std::span<const std::vector<std::size_t>> scopes, std::span<const std::size_t> cardinalities,
    const std::vector<bool>& kept, const CancellationToken& cancellation = {});

}  // namespace causal_gym

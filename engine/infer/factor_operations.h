// What elimination does to tables: cut axes down to the states that evidence allows, and multiply
// tables while summing one variable out.
//
// Tables are walked in order with one running offset per input, so that a cell costs a few
// additions and multiplications and no index is ever recomputed.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "engine/base/cancellation.h"
#include "engine/model/factor.h"

namespace causal_gym {

struct Axis {  // one variable of a table
  VariableId variable = 0;
  std::size_t cardinality = 0;
  friend bool operator==(const Axis&, const Axis&) = default;
};

// a * b, or the largest size_t when that does not fit.
[[nodiscard]] std::size_t saturating_product(std::size_t a, std::size_t b);
// Cells of a table over these cardinalities; saturates as above.
[[nodiscard]] std::size_t cell_count(std::span<const std::size_t> cardinalities);

// The factor with the axis of each variable v cut down to the states kept[v], in that order; an
// axis of one kept state is dropped. Variables whose kept[v] is empty keep all their states.
[[nodiscard]] Factor restricted(const Factor& factor, std::span<const std::vector<State>> kept);

// The sum over `summed` of the product of the factors, as a table over `out` in that order. The
// variables of the factors are among `out` and `summed`; each out axis is repeated along when no
// factor has it. Errors: cancelled. O(cells of out and summed together * factors).
[[nodiscard]] Result<Factor> sum_product(std::span<const Factor* const> factors,
                                         std::span<const Axis> out, std::optional<Axis> summed,
                                         const CancellationToken& cancellation = {});

}  // namespace causal_gym

// Variable elimination over any set of tables: what inference over one model and over parallel
// worlds have in common.
//
// Source: Zhang & Poole 1996; Dechter 1999 (bucket elimination). Cost: exponential in the induced
// width of the order of elimination_order.h, which is known before the first table is made.
#pragma once

#include <span>
#include <vector>

#include "engine/infer/evidence.h"
#include "engine/model/factor.h"

namespace causal_gym {

// Numbers too small for a double: the factor's values times 2^exponent. Their largest is 0 or of
// ordinary size.
struct ScaledFactor {
  Factor factor;
  long exponent = 0;
};

// The product of the factors, summed over every variable that is not a target: a table over the
// targets in the order given. Each target is distinct and is a variable of some factor.
// Errors: limit_exceeded when one table would have more than limits.factor_cells cells, or all
// tables at one time more than four times that (message names the cells needed); cancelled.
[[nodiscard]] Result<ScaledFactor> sum_out(std::vector<Factor> factors,
                                           std::span<const VariableId> targets,
                                           const InferenceOptions& options);

// The sum of the values, with the same exponent.
[[nodiscard]] double total(const Factor& factor);

// numerator / denominator, brought back to ordinary doubles. The denominator's axes are the last
// ones of the numerator: a number for each of their joint states. Errors: zero_probability when one
// of these is zero.
[[nodiscard]] Result<Factor> ratio(ScaledFactor numerator, const ScaledFactor& denominator);

// The mean of the numbers, one for each state of the first variable, under each joint state of the
// others.
[[nodiscard]] Factor mean_over_first(const Factor& factor, std::span<const double> numbers);

}  // namespace causal_gym

// Expressions made shorter without changing their value.
//
// Laws used, each of probability or arithmetic alone (no graph): sum_a P(a, b | c) = P(b | c);
// P(a | b, c) P(b | c) = P(a, b | c) where a sum then falls away; P(a, b | c) / P(b | c) =
// P(a | b, c), also inside a sum above the fraction; equal factors above and below a fraction
// cancel; what does not mention a summed variable stands outside its sum; fractions in products
// become one fraction. Where a condition has probability zero the shorter expression may have a
// value that the longer one has not; elsewhere both are equal. Every part that is shared is
// rewritten once. Cost: O(parts * factors^2), bounded.
#pragma once

#include "engine/expression/expression.h"

namespace causal_gym {

struct Simplification {
  ExpressionPtr expression;
  bool complete = true;  // false when the steps ran out: what was not reached is as it was
};

// A step is one look at a factor or at a pair of them.
inline constexpr std::size_t simplification_steps = 200'000;

[[nodiscard]] Simplification simplify(const ExpressionPtr& expression,
                                      std::size_t steps = simplification_steps);

}  // namespace causal_gym

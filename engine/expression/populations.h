// Expressions with their populations numbered anew.
#pragma once

#include <span>

#include "engine/expression/expression.h"

namespace causal_gym {

// Population i of the expression becomes number_of[i]; each must be in range. O(parts).
[[nodiscard]] ExpressionPtr renumber_populations(const ExpressionPtr& expression,
                                                 std::span<const std::int32_t> number_of);

}  // namespace causal_gym

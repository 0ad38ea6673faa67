// Other names for the free variables of an expression.
#pragma once

#include <map>

#include "engine/expression/expression.h"

namespace causal_gym {

using Renaming = std::map<ExpressionVariable, ExpressionVariable>;

// The expression with each free variable that `to` lists replaced by its new name; bound ones keep
// theirs. No new name may be bound around a place where it comes to stand (a broken invariant).
// Every part that is shared is rewritten once for each set of sums around it that hide a renamed
// variable. Cost: O(parts) where no sum does.
[[nodiscard]] ExpressionPtr rename_free(const ExpressionPtr& expression, const Renaming& to);

}  // namespace causal_gym

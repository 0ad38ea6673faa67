// Symbolic expressions as JSON: {"text", "latex", "tree"}.
//
// A tree is {"op":"P","vars","given"} (with "do" where a term has interventions),
// {"op":"sum","over","expr"}, {"op":"product","args"}, {"op":"fraction","num","den"} or
// {"op":"one"}. A sum binds its names in its own `expr` only.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "engine/expression/expression.h"

namespace causal_gym {

// names[v] is the name of variable v.
[[nodiscard]] nlohmann::json expression_json(const ExpressionPtr& expression,
                                             std::span<const std::string> names);

}  // namespace causal_gym

// Symbolic expressions as JSON: {"text", "latex", "tree"}.
//
// A tree is {"op":"P","vars","given"} (with "do" where a term has interventions),
// {"op":"sum","over","expr"}, {"op":"product","args"}, {"op":"fraction","num","den"} or
// {"op":"one"}. A sum binds its names in its own `expr` only.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "engine/base/result.h"
#include "engine/expression/expression.h"

namespace causal_gym {

// names[v] is the name of variable v, populations[i] of population i ("population" in a P that is
// of another than 0). An expression that is too long to be written out (most_written_terms) has
// null in all three places but for the text, which says so.
[[nodiscard]] nlohmann::json expression_json(const ExpressionPtr& expression,
                                             std::span<const std::string> names,
                                             std::span<const std::string> populations = {});

// The texts of several expressions, as long as all together stay under most_written_terms; what is
// left off is counted in a last text, "and 7 more".
[[nodiscard]] nlohmann::json expression_texts(std::span<const ExpressionPtr> expressions,
                                              std::span<const std::string> names,
                                              std::span<const std::string> populations = {});

// A tree as above but without populations, or an object with a tree in "tree". `id_of` gives the id
// of a name. Errors: unknown_name (an op, a field of another op), invalid_argument (shape,
// overlapping parts of a P), those of `id_of`, limit_exceeded.
[[nodiscard]] Result<ExpressionPtr> read_expression(
    const nlohmann::json& value, std::string_view path,
    const std::function<Result<ExpressionVariable>(const std::string&)>& id_of);

inline constexpr std::uint64_t most_written_terms = 20'000;

}  // namespace causal_gym

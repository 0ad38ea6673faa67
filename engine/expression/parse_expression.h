// Expressions read from text, as print.h writes them: "sum_{z} P(y | do(x), z) P(z)".
//
// Factors stand side by side or with * between them; a sum reaches as far to the right as it can,
// up to a closing bracket; on either side of / stands one P, 1, or something in brackets. Within a
// P, do(..) stands anywhere after the bar. A primed name is a variable that a sum around it binds
// with as many primes; where such a sum is in force, the variable cannot be meant without them.
// Cost: O(text), beside looking names up.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/expression/expression.h"

namespace causal_gym {

inline constexpr std::size_t longest_expression_text = 1 << 16;
inline constexpr std::size_t deepest_expression_text = 100;  // brackets and sums within each other

// names[v] is the name of variable v. Errors: parse_error, with its column; unknown_name, with the
// nearest spelling; limit_exceeded.
[[nodiscard]] Result<ExpressionPtr> parse_expression(std::string_view text,
                                                     std::span<const std::string> names);

}  // namespace causal_gym

// Expressions for people: plain text and LaTeX.
#pragma once

#include <span>
#include <string>

#include "engine/expression/expression.h"

namespace causal_gym {

// "sum_{z} P(y | x, z) P(z)". names[v] is the name of variable v. A bound variable that is also
// free in the whole expression, or bound again inside its own sum, is written with primes (x'), so
// that the text can be read without knowing scopes; a primed name is never one of `names`. Names
// that are not bare in the graph syntax are quoted.
//
// populations[i] is the name of population i; one without a name, or with the empty one, is 0's
// when it is 0 and its number otherwise: P(y), P^{trial}(y | do(x)), P^{1}(y).
[[nodiscard]] std::string expression_text(const ExpressionPtr& expression,
                                          std::span<const std::string> names,
                                          std::span<const std::string> populations = {});

// "\sum_{z} P(y \mid x, z)\, P(z)"; names are escaped, those longer than one letter set in \mathit.
[[nodiscard]] std::string expression_latex(const ExpressionPtr& expression,
                                           std::span<const std::string> names,
                                           std::span<const std::string> populations = {});

// "x, \mathit{rain}": variables as expression_latex writes them.
[[nodiscard]] std::string variables_latex(std::span<const ExpressionVariable> variables,
                                          std::span<const std::string> names);

}  // namespace causal_gym

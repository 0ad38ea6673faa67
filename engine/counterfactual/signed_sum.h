// Differences and expectations of expressions, as text and LaTeX: "sum_{y} y (P(y | x) - P(y |
// x'))". Cost: that of expression/print.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/expression/expression.h"
#include "engine/identify/counterfactual_event.h"

namespace causal_gym {

struct SignedExpression {
  int sign = 1;
  ExpressionPtr expression;
  ValueSymbols symbols;
};

// The signed sum of the parts over the denominator, which is written with `symbols`; with
// `expectation_of`, summed over that symbol times its number. "0" for no parts.
[[nodiscard]] std::string signed_sum_text(const std::vector<SignedExpression>& parts,
                                          const ExpressionPtr& denominator,
                                          const std::optional<ExpressionVariable>& expectation_of,
                                          const ValueSymbols& symbols);
[[nodiscard]] std::string signed_sum_latex(const std::vector<SignedExpression>& parts,
                                           const ExpressionPtr& denominator,
                                           const std::optional<ExpressionVariable>& expectation_of,
                                           const ValueSymbols& symbols);

}  // namespace causal_gym

// The value of an expression in a known joint distribution: the second road to every symbolic
// answer.
#pragma once

#include <vector>

#include "engine/base/result.h"
#include "engine/expression/expression.h"

namespace causal_gym {

// P over all listed variables; the last runs fastest.
struct JointDistribution {
  std::vector<ExpressionVariable> variables;  // distinct
  std::vector<std::size_t> cardinalities;
  std::vector<double> probabilities;
};

// A state for each free variable: states[i] belongs to variables[i].
struct Assignment {
  std::vector<ExpressionVariable> variables;
  std::vector<std::int32_t> states;
};

// The number the expression stands for. Terms with do() are not over the joint: invalid_argument. A
// variable that is neither bound nor assigned, or not in the joint: unknown_name. A condition of
// probability zero: zero_probability.
[[nodiscard]] Result<double> evaluate(const ExpressionPtr& expression,
                                      const JointDistribution& joint, const Assignment& assignment);

}  // namespace causal_gym

// Several names for one variable of a joint distribution, as x and x' in a counterfactual's
// estimand.
//
// A name is a copy that is always equal to its variable: the law of any variables, each under one
// name, is then that of the variables themselves, so that whatever evaluates expressions over a
// joint evaluates these. Cost: the joint's cells times the states of each alias.
#pragma once

#include <span>
#include <vector>

#include "engine/base/limits.h"
#include "engine/expression/evaluate.h"

namespace causal_gym {

struct VariableAlias {
  ExpressionVariable alias = 0;
  ExpressionVariable base = 0;
};

// The aliases that the expression mentions, free or bound: those v with bases[v] != v. Every
// variable of the expression must have a base. O(parts).
[[nodiscard]] std::vector<VariableAlias> aliases_in(const ExpressionPtr& expression,
                                                    std::span<const ExpressionVariable> bases);

// The joint with each alias as a further variable, the last running fastest. Errors: unknown_name
// (a base that the joint has not), limit_exceeded (over limits.factor_cells); what else is wrong
// with a joint, Evaluator::create says.
[[nodiscard]] Result<JointDistribution> with_aliases(JointDistribution joint,
                                                     std::span<const VariableAlias> aliases,
                                                     const Limits& limits = {});

}  // namespace causal_gym

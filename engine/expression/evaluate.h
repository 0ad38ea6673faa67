// The value of an expression in a known joint distribution: the second road to every symbolic
// answer.
#pragma once

#include <map>
#include <span>
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

// A further name of a variable of the joint: both may stand in one expression, each with a state of
// its own, as x and x' in a counterfactual's estimand.
struct VariableAlias {
  ExpressionVariable alias = 0;
  ExpressionVariable base = 0;
};

// The number the expression stands for. Terms with do() are not over the joint: invalid_argument. A
// variable that is neither bound nor assigned, or not in the joint: unknown_name. A condition or a
// denominator of probability zero: zero_probability, unless it stands in a product with a factor
// that is zero: what never happens adds nothing, whatever would follow it. A joint or assignment
// that does not fit together: invalid_argument. Cost: the joint's cells once for each set of
// variables that a P speaks of, then the expression's terms once for each joint state of the sums
// around them.
[[nodiscard]] Result<double> evaluate(const ExpressionPtr& expression,
                                      const JointDistribution& joint, const Assignment& assignment);

// The same for many expressions and assignments over one joint: marginals are kept between calls.
// One object is for one thread.
class Evaluator {
 public:
  // Errors: invalid_argument (repeated variable or alias, sizes that do not fit, a negative or
  // infinite number), unknown_name (the base of an alias is not in the joint). A P that speaks of a
  // variable twice, under two names, is invalid_argument when it is evaluated.
  [[nodiscard]] static Result<Evaluator> create(JointDistribution joint,
                                                std::span<const VariableAlias> aliases = {});

  [[nodiscard]] Result<double> evaluate(const ExpressionPtr& expression,
                                        const Assignment& assignment);

 private:
  explicit Evaluator(JointDistribution joint);

  using Positions = std::vector<std::size_t>;  // of variables in the joint; increasing
  [[nodiscard]] std::size_t cardinality(std::size_t slot) const {
    return joint_.cardinalities[base_[slot]];
  }
  [[nodiscard]] const std::vector<double>& marginal(const Positions& positions);

  friend class ExpressionProgram;
  JointDistribution joint_;
  std::vector<std::size_t> strides_;
  // Each variable of the joint, then each alias, has a slot; base_[slot] is a place in the joint.
  std::map<ExpressionVariable, std::size_t> slot_of_;
  std::vector<std::size_t> base_;
  std::map<Positions, std::vector<double>> marginals_;  // the last position runs fastest
};

}  // namespace causal_gym

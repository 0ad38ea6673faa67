// The value of an expression in a known joint distribution: the second road to every symbolic
// answer.
#pragma once

#include <map>
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
  // Errors: invalid_argument (repeated variable, sizes that do not fit, a negative or infinite
  // number).
  [[nodiscard]] static Result<Evaluator> create(JointDistribution joint);

  [[nodiscard]] Result<double> evaluate(const ExpressionPtr& expression,
                                        const Assignment& assignment);

 private:
  explicit Evaluator(JointDistribution joint);

  using Positions = std::vector<std::size_t>;  // of variables in the joint; increasing
  [[nodiscard]] const std::vector<double>& marginal(const Positions& positions);

  friend class ExpressionProgram;
  JointDistribution joint_;
  std::vector<std::size_t> strides_;
  std::map<ExpressionVariable, std::size_t> position_of_;
  std::map<Positions, std::vector<double>> marginals_;  // the last position runs fastest
};

}  // namespace causal_gym

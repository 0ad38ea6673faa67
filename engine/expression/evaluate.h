// The value of an expression in known distributions: the second road to every symbolic answer.
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

// A distribution that terms of one population and one intervention are read from. What was set is
// one of its variables, as if it had been randomised with every state possible: P(a | b, do(z)) is
// P(a | b, z) there, whatever the probabilities of z.
struct SourceDistribution {
  std::int32_t population = 0;
  std::vector<ExpressionVariable> intervened;
  // It is known given these only: their probabilities mean nothing, and it serves terms that
  // condition on all of them.
  std::vector<ExpressionVariable> conditions;
  JointDistribution joint;  // over all that is measured, set and conditioned on
};

// A state for each free variable: states[i] belongs to variables[i].
struct Assignment {
  std::vector<ExpressionVariable> variables;
  std::vector<std::int32_t> states;
};

// The number the expression stands for. Terms with do() or of a population other than 0 are not
// over the joint: invalid_argument. A variable that is neither bound nor assigned, or not in the
// joint: unknown_name. A condition or a denominator of probability zero: zero_probability, unless
// it stands in a product with a factor that is zero: what never happens adds nothing, whatever
// would follow it. A joint or assignment that does not fit together: invalid_argument. Cost: the
// joint's cells once for each set of variables that a P speaks of, then the expression's terms once
// for each joint state of the sums around them.
[[nodiscard]] Result<double> evaluate(const ExpressionPtr& expression,
                                      const JointDistribution& joint, const Assignment& assignment);

// The same for many expressions and assignments over one joint, or over several sources: marginals
// are kept between calls. One object is for one thread.
class Evaluator {
 public:
  // Errors: invalid_argument (repeated variable, sizes that do not fit, a negative or infinite
  // number).
  [[nodiscard]] static Result<Evaluator> create(JointDistribution joint);

  // A term is read from the first source that has its population, its intervened variables and all
  // else that it speaks of; a term without such a source is an invalid_argument when evaluated.
  // Errors: as above; a variable with two numbers of states, or intervened but not in the joint.
  [[nodiscard]] static Result<Evaluator> create(std::vector<SourceDistribution> sources);

  [[nodiscard]] Result<double> evaluate(const ExpressionPtr& expression,
                                        const Assignment& assignment);

 private:
  Evaluator() = default;

  using Positions = std::vector<std::size_t>;  // of axes of one joint; increasing
  struct Source {
    SourceDistribution distribution;  // intervened and conditions sorted
    std::vector<std::size_t> strides;
    std::map<ExpressionVariable, std::size_t> axis_of;
    std::map<Positions, std::vector<double>> marginals;  // the last axis runs fastest
  };
  [[nodiscard]] Status add_variables(const JointDistribution& joint);
  [[nodiscard]] static const std::vector<double>& marginal(Source& source, const Positions& axes);

  friend class ExpressionProgram;
  std::vector<Source> sources_;
  std::vector<std::size_t> cardinalities_;                 // of the variables of all sources
  std::map<ExpressionVariable, std::size_t> position_of_;  // in cardinalities_
};

}  // namespace causal_gym

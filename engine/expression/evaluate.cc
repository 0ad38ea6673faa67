#include "engine/expression/evaluate.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace causal_gym {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
constexpr std::int32_t unassigned = -1;

std::string variable_text(ExpressionVariable v) { return "variable " + std::to_string(v); }

// Row-major: the last runs fastest.
std::vector<std::size_t> row_strides(const std::vector<std::size_t>& cardinalities) {
  std::vector<std::size_t> strides(cardinalities.size());
  std::size_t stride = 1;
  for (std::size_t i = cardinalities.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= cardinalities[i];
  }
  return strides;
}

Status check_joint(const JointDistribution& joint) {
  if (joint.variables.size() != joint.cardinalities.size())
    return fail(ErrorCode::invalid_argument,
                "the joint lists " + std::to_string(joint.variables.size()) + " variables but " +
                    std::to_string(joint.cardinalities.size()) + " cardinalities");
  std::size_t cells = 1;
  for (const auto cardinality : joint.cardinalities) {
    if (cardinality == 0 || cells > joint.probabilities.size() / cardinality)
      return fail(ErrorCode::invalid_argument, "the joint's cardinalities do not fit its " +
                                                   std::to_string(joint.probabilities.size()) +
                                                   " probabilities");
    cells *= cardinality;
  }
  if (cells != joint.probabilities.size())
    return fail(ErrorCode::invalid_argument,
                "the joint has " + std::to_string(joint.probabilities.size()) +
                    " probabilities for " + std::to_string(cells) + " joint states");
  for (const auto p : joint.probabilities)
    if (!std::isfinite(p) || p < 0)
      return fail(ErrorCode::invalid_argument, "the joint holds a number that is no probability");
  return {};
}

}  // namespace

// An expression with every variable resolved to its place in the joint, and the current states.
class ExpressionProgram {
 public:
  ExpressionProgram(Evaluator& evaluator, const Assignment& assignment)
      : evaluator_(evaluator), assignment_(assignment) {}

  Result<double> run(const ExpressionPtr& expression) {
    states_.assign(evaluator_.joint_.variables.size(), unassigned);
    CAUSAL_GYM_CHECKED(assign());
    std::vector<bool> bound(states_.size(), false);
    CAUSAL_GYM_TRY(root, compile(expression, bound));
    const double result = value(root);
    if (std::isnan(result))
      return fail(ErrorCode::zero_probability, "a condition of the expression has probability zero",
                  undefined_at_);
    return result;
  }

 private:
  // One flat step of the program; which members count depends on the kind.
  enum class Kind { constant, probability, sum, product, fraction };
  struct Lookup {  // a cell of a marginal: sum of strides[i] * states_[positions[i]]
    const double* cells = nullptr;  // null: the number one
    std::vector<std::size_t> positions;
    std::vector<std::size_t> strides;
  };
  struct Instruction {
    Kind kind = Kind::constant;
    std::vector<std::size_t> operands;   // instructions
    std::vector<std::size_t> positions;  // of the variables a sum runs over
    Lookup numerator;
    Lookup denominator;
    const ProbabilityTerm* term = nullptr;
  };

  Status assign() {
    const auto& [variables, states] = assignment_;
    if (variables.size() != states.size())
      return fail(ErrorCode::invalid_argument, "the assignment needs one state for each variable");
    for (std::size_t i = 0; i < variables.size(); ++i) {
      const auto found = evaluator_.position_of_.find(variables[i]);
      if (found == evaluator_.position_of_.end()) continue;
      auto& state = states_[found->second];
      const auto cardinality = evaluator_.joint_.cardinalities[found->second];
      if (states[i] < 0 || static_cast<std::size_t>(states[i]) >= cardinality)
        return fail(ErrorCode::invalid_argument,
                    variable_text(variables[i]) + " has no state " + std::to_string(states[i]));
      if (state != unassigned && state != states[i])
        return fail(ErrorCode::invalid_argument,
                    variable_text(variables[i]) + " is assigned two states");
      state = states[i];
    }
    return {};
  }

  Result<std::size_t> compile(const ExpressionPtr& expression, std::vector<bool>& bound) {
    return std::visit([&](const auto& term) { return compile_term(term, bound); },
                      expression->term());
  }

  std::size_t add(Instruction instruction) {
    program_.push_back(std::move(instruction));
    return program_.size() - 1;
  }

  Result<std::size_t> compile_term(const OneTerm&, std::vector<bool>&) { return add({}); }

  Result<std::size_t> compile_term(const ProbabilityTerm& term, const std::vector<bool>& bound) {
    if (!term.intervened.empty())
      return fail(ErrorCode::invalid_argument,
                  "a term with do() has no value in an observational distribution");
    std::vector<std::size_t> given;
    CAUSAL_GYM_CHECKED(resolve(term.given, bound, given));
    auto all = given;
    CAUSAL_GYM_CHECKED(resolve(term.variables, bound, all));
    Instruction instruction;
    instruction.kind = Kind::probability;
    instruction.numerator = lookup(std::move(all));
    if (!given.empty()) instruction.denominator = lookup(std::move(given));
    instruction.term = &term;
    return add(std::move(instruction));
  }

  Result<std::size_t> compile_term(const SumTerm& term, std::vector<bool>& bound) {
    Instruction instruction;
    instruction.kind = Kind::sum;
    auto inner = bound;
    for (const auto v : term.over) {
      CAUSAL_GYM_TRY(position, position_of(v));
      inner[position] = true;
      instruction.positions.push_back(position);
    }
    CAUSAL_GYM_TRY(body, compile(term.expression, inner));
    instruction.operands = {body};
    return add(std::move(instruction));
  }

  Result<std::size_t> compile_term(const ProductTerm& term, std::vector<bool>& bound) {
    Instruction instruction;
    instruction.kind = Kind::product;
    for (const auto& factor : term.factors) {
      CAUSAL_GYM_TRY(operand, compile(factor, bound));
      instruction.operands.push_back(operand);
    }
    return add(std::move(instruction));
  }

  Result<std::size_t> compile_term(const FractionTerm& term, std::vector<bool>& bound) {
    CAUSAL_GYM_TRY(numerator, compile(term.numerator, bound));
    CAUSAL_GYM_TRY(denominator, compile(term.denominator, bound));
    Instruction instruction;
    instruction.kind = Kind::fraction;
    instruction.operands = {numerator, denominator};
    return add(std::move(instruction));
  }

  Result<std::size_t> position_of(ExpressionVariable v) const {
    const auto found = evaluator_.position_of_.find(v);
    if (found == evaluator_.position_of_.end())
      return fail(ErrorCode::unknown_name, variable_text(v) + " is not in the joint distribution");
    return found->second;
  }

  // Adds the positions of variables that are bound or assigned.
  Status resolve(const std::vector<ExpressionVariable>& variables, const std::vector<bool>& bound,
                 std::vector<std::size_t>& positions) const {
    for (const auto v : variables) {
      CAUSAL_GYM_TRY(position, position_of(v));
      if (!bound[position] && states_[position] == unassigned)
        return fail(ErrorCode::unknown_name, variable_text(v) + " is neither summed nor assigned");
      positions.push_back(position);
    }
    return {};
  }

  Lookup lookup(std::vector<std::size_t> positions) {
    std::sort(positions.begin(), positions.end());
    std::vector<std::size_t> cardinalities;
    cardinalities.reserve(positions.size());
    for (const auto p : positions) cardinalities.push_back(evaluator_.joint_.cardinalities[p]);
    const auto& cells = evaluator_.marginal(positions);
    return {cells.data(), std::move(positions), row_strides(cardinalities)};
  }

  double value(std::size_t index) {
    const auto& instruction = program_[index];
    switch (instruction.kind) {
      case Kind::constant: return 1;
      case Kind::probability: return probability_value(instruction);
      case Kind::sum: return sum_value(instruction);
      case Kind::product: return product_value(instruction);
      case Kind::fraction:
        return quotient(value(instruction.operands[0]), value(instruction.operands[1]),
                        instruction);
    }
    return undefined;
  }

  double probability_value(const Instruction& instruction) {
    const double numerator = cell(instruction.numerator);
    if (instruction.denominator.cells == nullptr) return numerator;
    return quotient(numerator, cell(instruction.denominator), instruction);
  }

  [[nodiscard]] double cell(const Lookup& lookup) const {
    std::size_t index = 0;
    for (std::size_t i = 0; i < lookup.positions.size(); ++i)
      index += lookup.strides[i] * static_cast<std::size_t>(states_[lookup.positions[i]]);
    return lookup.cells[index];
  }

  double quotient(double numerator, double denominator, const Instruction& instruction) {
    if (denominator != 0) return numerator / denominator;  // also when one is undefined already
    undefined_at_ = "denominator of a fraction";
    if (instruction.term != nullptr) {
      undefined_at_ = "condition";
      for (const auto v : instruction.term->given) undefined_at_ += ", " + variable_text(v);
    }
    return undefined;
  }

  double product_value(const Instruction& instruction) {
    double result = 1;
    for (const auto operand : instruction.operands) {
      const double factor = value(operand);
      if (factor == 0) return 0;
      result *= factor;
    }
    return result;
  }

  double sum_value(const Instruction& instruction) {
    const auto& positions = instruction.positions;
    std::vector<std::int32_t> outer;
    outer.reserve(positions.size());
    for (const auto p : positions) outer.push_back(std::exchange(states_[p], 0));
    double total = 0;
    do {
      total += value(instruction.operands[0]);
    } while (!std::isnan(total) && advance(positions));
    for (std::size_t i = 0; i < positions.size(); ++i) states_[positions[i]] = outer[i];
    return total;
  }

  // The next joint state of these variables; false after the last.
  bool advance(const std::vector<std::size_t>& positions) {
    for (const auto p : positions) {
      const auto cardinality = static_cast<std::int32_t>(evaluator_.joint_.cardinalities[p]);
      if (++states_[p] < cardinality) return true;
      states_[p] = 0;
    }
    return false;
  }

  Evaluator& evaluator_;
  const Assignment& assignment_;
  std::vector<std::int32_t> states_;  // by position
  std::vector<Instruction> program_;
  std::string undefined_at_;
};

Evaluator::Evaluator(JointDistribution joint)
    : joint_(std::move(joint)), strides_(row_strides(joint_.cardinalities)) {}

Result<Evaluator> Evaluator::create(JointDistribution joint) {
  CAUSAL_GYM_CHECKED(check_joint(joint));
  Evaluator evaluator(std::move(joint));
  for (std::size_t i = 0; i < evaluator.joint_.variables.size(); ++i)
    if (const auto v = evaluator.joint_.variables[i]; !evaluator.position_of_.emplace(v, i).second)
      return fail(ErrorCode::invalid_argument, variable_text(v) + " is in the joint twice");
  return evaluator;
}

const std::vector<double>& Evaluator::marginal(const Positions& positions) {
  const auto [found, added] = marginals_.try_emplace(positions);
  auto& cells = found->second;
  if (!added) return cells;
  std::vector<std::size_t> cardinalities;
  for (const auto p : positions) cardinalities.push_back(joint_.cardinalities[p]);
  const auto strides = row_strides(cardinalities);
  std::size_t size = 1;
  for (const auto cardinality : cardinalities) size *= cardinality;
  cells.assign(size, 0);
  for (std::size_t i = 0; i < joint_.probabilities.size(); ++i) {
    std::size_t cell = 0;
    for (std::size_t k = 0; k < positions.size(); ++k)
      cell += strides[k] * (i / strides_[positions[k]] % cardinalities[k]);
    cells[cell] += joint_.probabilities[i];
  }
  return cells;
}

Result<double> Evaluator::evaluate(const ExpressionPtr& expression, const Assignment& assignment) {
  return ExpressionProgram(*this, assignment).run(expression);
}

Result<double> evaluate(const ExpressionPtr& expression, const JointDistribution& joint,
                        const Assignment& assignment) {
  CAUSAL_GYM_TRY(evaluator, Evaluator::create(joint));
  return evaluator.evaluate(expression, assignment);
}

}  // namespace causal_gym

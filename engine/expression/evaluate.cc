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

// An expression with every variable resolved to its place among all variables, and the current
// states.
class ExpressionProgram {
 public:
  ExpressionProgram(Evaluator& evaluator, const Assignment& assignment)
      : evaluator_(evaluator), assignment_(assignment) {}

  Result<double> run(const ExpressionPtr& expression) {
    states_.assign(evaluator_.cardinalities_.size(), unassigned);
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
      const auto cardinality = evaluator_.cardinalities_[found->second];
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

  // A part that stands in several places is compiled once for each set of variables bound there.
  Result<std::size_t> compile(const ExpressionPtr& expression, std::vector<bool>& bound) {
    const auto visit = [&] {
      return std::visit([&](const auto& term) { return compile_term(term, bound); },
                        expression->term());
    };
    if (std::holds_alternative<ProbabilityTerm>(expression->term())) return visit();
    const std::pair key{expression.get(), bound};
    if (const auto found = compiled_.find(key); found != compiled_.end()) return found->second;
    CAUSAL_GYM_TRY(index, visit());
    compiled_.emplace(key, index);
    return index;
  }

  std::size_t add(Instruction instruction) {
    program_.push_back(std::move(instruction));
    return program_.size() - 1;
  }

  Result<std::size_t> compile_term(const OneTerm&, std::vector<bool>&) { return add({}); }

  Result<std::size_t> compile_term(const ProbabilityTerm& term, const std::vector<bool>& bound) {
    CAUSAL_GYM_CHECKED(resolve(term.given, bound));
    CAUSAL_GYM_CHECKED(resolve(term.variables, bound));
    CAUSAL_GYM_CHECKED(resolve(term.intervened, bound));
    auto* const source = source_of(term);
    if (source == nullptr) return fail(ErrorCode::invalid_argument, no_source_text(term));
    auto below = axes(*source, term.given);
    const auto set = axes(*source, term.intervened);
    below.insert(below.end(), set.begin(), set.end());
    auto above = axes(*source, term.variables);
    above.insert(above.end(), below.begin(), below.end());
    Instruction instruction;
    instruction.kind = Kind::probability;
    instruction.numerator = lookup(*source, std::move(above));
    if (!below.empty()) instruction.denominator = lookup(*source, std::move(below));
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

  // Are the variables bound or assigned?
  [[nodiscard]] Status resolve(const std::vector<ExpressionVariable>& variables,
                               const std::vector<bool>& bound) const {
    for (const auto v : variables) {
      CAUSAL_GYM_TRY(position, position_of(v));
      if (!bound[position] && states_[position] == unassigned)
        return fail(ErrorCode::unknown_name, variable_text(v) + " is neither summed nor assigned");
    }
    return {};
  }

  [[nodiscard]] Evaluator::Source* source_of(const ProbabilityTerm& term) const {
    for (auto& source : evaluator_.sources_) {
      const auto& known = source.distribution;
      const auto has = [&](ExpressionVariable v) { return source.axis_of.contains(v); };
      if (known.population == term.population && known.intervened == term.intervened &&
          std::includes(term.given.begin(), term.given.end(), known.conditions.begin(),
                        known.conditions.end()) &&
          std::all_of(term.variables.begin(), term.variables.end(), has) &&
          std::all_of(term.given.begin(), term.given.end(), has))
        return &source;
    }
    return nullptr;
  }

  [[nodiscard]] static std::string no_source_text(const ProbabilityTerm& term) {
    if (!term.intervened.empty() && term.population == 0)
      return "a term with do() has no value in the given distributions: none is of that experiment";
    return "a term has no value in the given distributions: none covers its population, what it "
           "sets and what it speaks of";
  }

  [[nodiscard]] static std::vector<std::size_t> axes(
      const Evaluator::Source& source, const std::vector<ExpressionVariable>& variables) {
    std::vector<std::size_t> result;
    result.reserve(variables.size());
    for (const auto v : variables) result.push_back(source.axis_of.at(v));
    return result;
  }

  Lookup lookup(Evaluator::Source& source, std::vector<std::size_t> axes) const {
    std::sort(axes.begin(), axes.end());
    Lookup result{Evaluator::marginal(source, axes).data(), {}, {}};
    std::vector<std::size_t> cardinalities;
    cardinalities.reserve(axes.size());
    const auto& joint = source.distribution.joint;
    for (const auto axis : axes) {
      cardinalities.push_back(joint.cardinalities[axis]);
      result.positions.push_back(evaluator_.position_of_.at(joint.variables[axis]));
    }
    result.strides = row_strides(cardinalities);
    return result;
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
      const auto cardinality = static_cast<std::int32_t>(evaluator_.cardinalities_[p]);
      if (++states_[p] < cardinality) return true;
      states_[p] = 0;
    }
    return false;
  }

  Evaluator& evaluator_;
  const Assignment& assignment_;
  std::vector<std::int32_t> states_;  // by position
  std::vector<Instruction> program_;
  std::map<std::pair<const Expression*, std::vector<bool>>, std::size_t> compiled_;
  std::string undefined_at_;
};

Status Evaluator::add_variables(const JointDistribution& joint) {
  for (std::size_t i = 0; i < joint.variables.size(); ++i) {
    const auto [found, added] = position_of_.emplace(joint.variables[i], cardinalities_.size());
    if (added) cardinalities_.push_back(joint.cardinalities[i]);
    if (cardinalities_[found->second] != joint.cardinalities[i])
      return fail(ErrorCode::invalid_argument,
                  variable_text(joint.variables[i]) + " has two numbers of states");
  }
  return {};
}

Result<Evaluator> Evaluator::create(JointDistribution joint) {
  std::vector<SourceDistribution> sources;
  sources.push_back({0, {}, {}, std::move(joint)});
  return create(std::move(sources));
}

Result<Evaluator> Evaluator::create(std::vector<SourceDistribution> sources) {
  Evaluator evaluator;
  for (auto& distribution : sources) {
    const auto& joint = distribution.joint;
    CAUSAL_GYM_CHECKED(check_joint(joint));
    CAUSAL_GYM_CHECKED(evaluator.add_variables(joint));
    Source source{{}, row_strides(joint.cardinalities), {}, {}};
    for (std::size_t i = 0; i < joint.variables.size(); ++i)
      if (const auto v = joint.variables[i]; !source.axis_of.emplace(v, i).second)
        return fail(ErrorCode::invalid_argument, variable_text(v) + " is in the joint twice");
    for (auto* part : {&distribution.intervened, &distribution.conditions}) {
      std::sort(part->begin(), part->end());
      for (const auto v : *part)
        if (!source.axis_of.contains(v))
          return fail(ErrorCode::invalid_argument,
                      variable_text(v) + " is set or conditioned on but not in the joint");
    }
    source.distribution = std::move(distribution);
    evaluator.sources_.push_back(std::move(source));
  }
  return evaluator;
}

const std::vector<double>& Evaluator::marginal(Source& source, const Positions& axes) {
  const auto [found, added] = source.marginals.try_emplace(axes);
  auto& cells = found->second;
  if (!added) return cells;
  const auto& joint = source.distribution.joint;
  std::vector<std::size_t> cardinalities;
  for (const auto axis : axes) cardinalities.push_back(joint.cardinalities[axis]);
  const auto strides = row_strides(cardinalities);
  std::size_t size = 1;
  for (const auto cardinality : cardinalities) size *= cardinality;
  cells.assign(size, 0);
  for (std::size_t i = 0; i < joint.probabilities.size(); ++i) {
    std::size_t cell = 0;
    for (std::size_t k = 0; k < axes.size(); ++k)
      cell += strides[k] * (i / source.strides[axes[k]] % cardinalities[k]);
    cells[cell] += joint.probabilities[i];
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

#include "engine/model/mechanism_check.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>

namespace causal_gym {
namespace {

constexpr double row_tolerance = 1e-6;  // public BIF files deviate by up to 3e-7

// Nine digits show a deviation of 1e-6 and hide rounding.
std::string number_text(double number) {
  char buffer[32];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::general, 9).ptr;
  return {buffer, end};
}

std::string indexed(const std::string& path, std::size_t i) {
  return path + "[" + std::to_string(i) + "]";
}

// One mechanism with what it is checked against.
class MechanismCheck {
 public:
  MechanismCheck(const Graph& graph, std::span<const Variable> variables, VariableId v,
                 const Limits& limits)
      : graph_(graph), variables_(variables), v_(v), limits_(limits) {}

  Status check_given(std::span<const VariableId> given) const;
  Status check_kind(TableMechanism& table) const;
  Status check_kind(NoisyOrMechanism& noisy_or) const;
  Status check_kind(DeterministicMechanism& deterministic) const;

 private:
  [[nodiscard]] const Variable& variable(VariableId v) const {
    return variables_[static_cast<std::size_t>(v)];
  }
  [[nodiscard]] const std::string& name() const { return variable(v_).name; }
  [[nodiscard]] std::string path(std::string_view last) const {
    return "mechanisms." + name() + "." + std::string(last);
  }
  [[nodiscard]] tl::unexpected<Error> invalid(std::string message, std::string where) const {
    return fail(ErrorCode::invalid_argument, std::move(message), std::move(where));
  }
  // Rows over `given`, of `width` numbers each; limit_exceeded when they would not fit.
  [[nodiscard]] Result<std::size_t> row_count(std::span<const VariableId> given, std::size_t width,
                                              const std::string& where) const;
  // "row 3 of mechanism 'x' (z=true, w=false)"
  [[nodiscard]] std::string row_text(std::span<const VariableId> given, std::size_t row) const;
  [[nodiscard]] Status check_size(std::size_t size, std::size_t wanted, std::string_view last,
                                  const std::string& shape) const;
  [[nodiscard]] Status check_unit_interval(double number, const std::string& what,
                                           const std::string& where) const;
  [[nodiscard]] Status check_row(std::span<double> row, std::span<const VariableId> given,
                                 std::size_t index) const;

  const Graph& graph_;
  std::span<const Variable> variables_;
  VariableId v_;
  const Limits& limits_;
};

Status MechanismCheck::check_given(std::span<const VariableId> given) const {
  const auto parents = graph_.parents(v_);
  std::vector<VariableId> sorted(given.begin(), given.end());
  std::sort(sorted.begin(), sorted.end());
  const auto where = path("given");
  for (const VariableId parent : sorted)
    if (parent < 0 || static_cast<std::size_t>(parent) >= variables_.size())
      return invalid("mechanism '" + name() + "' is given variable " + std::to_string(parent) +
                         ", but there are " + std::to_string(variables_.size()) + " variables",
                     where);
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end())
    return invalid("mechanism '" + name() + "' is given '" + variable(*twice).name + "' twice",
                   where);
  for (const VariableId parent : sorted)
    if (!std::binary_search(parents.begin(), parents.end(), parent))
      return invalid("mechanism '" + name() + "' is given '" + variable(parent).name +
                         "', which is not a parent of '" + name() + "' in the graph",
                     where);
  for (const VariableId parent : parents)
    if (!std::binary_search(sorted.begin(), sorted.end(), parent))
      return invalid("mechanism '" + name() + "' is not given '" + variable(parent).name +
                         "', which is a parent of '" + name() + "' in the graph",
                     where);
  return {};
}

Result<std::size_t> MechanismCheck::row_count(std::span<const VariableId> given, std::size_t width,
                                              const std::string& where) const {
  std::vector<std::size_t> cardinalities{width};
  for (const VariableId parent : given) cardinalities.push_back(variable(parent).states.size());
  const auto cells = joint_state_count(cardinalities, limits_.mechanism_cells);
  if (cells > limits_.mechanism_cells)
    return fail(ErrorCode::limit_exceeded,
                "the table of '" + name() + "' over its " + std::to_string(given.size()) +
                    " parents needs more cells than the limit of " +
                    std::to_string(limits_.mechanism_cells),
                where);
  return cells / width;
}

std::string MechanismCheck::row_text(std::span<const VariableId> given, std::size_t row) const {
  auto text = "row " + std::to_string(row) + " of mechanism '" + name() + "'";
  std::string states;
  for (std::size_t i = given.size(); i-- > 0; row /= variable(given[i]).states.size()) {
    const auto& parent = variable(given[i]);
    if (!states.empty()) states.insert(0, ", ");
    states.insert(0, parent.states[row % parent.states.size()]);
    states.insert(0, parent.name + "=");
  }
  return states.empty() ? text : text + " (" + states + ")";
}

Status MechanismCheck::check_size(std::size_t size, std::size_t wanted, std::string_view last,
                                  const std::string& shape) const {
  if (size == wanted) return {};
  return invalid("mechanism '" + name() + "' has " + std::to_string(size) + " numbers, not " +
                     std::to_string(wanted) + " (" + shape + ")",
                 path(last));
}

Status MechanismCheck::check_unit_interval(double number, const std::string& what,
                                           const std::string& where) const {
  if (number >= 0 && number <= 1) return {};  // false for NaN
  return invalid(what + " is " + number_text(number) + ", outside [0, 1]", where);
}

Status MechanismCheck::check_row(std::span<double> row, std::span<const VariableId> given,
                                 std::size_t index) const {
  double sum = 0;
  for (const double number : row) {
    if (!(number >= 0 && number <= 1 + row_tolerance))
      return invalid(row_text(given, index) + " holds " + number_text(number) + ", outside [0, 1]",
                     indexed(path("table"), index));
    sum += number;
  }
  if (std::abs(sum - 1) > row_tolerance)
    return invalid(row_text(given, index) + " sums to " + number_text(sum) + ", not 1",
                   indexed(path("table"), index));
  const double rounding = std::numeric_limits<double>::epsilon() * static_cast<double>(row.size());
  if (std::abs(sum - 1) > rounding)
    for (double& number : row) number /= sum;
  return {};
}

Status MechanismCheck::check_kind(TableMechanism& table) const {
  const auto width = variable(v_).states.size();
  CAUSAL_GYM_TRY(rows, row_count(table.given, width, path("table")));
  CAUSAL_GYM_CHECKED(check_size(
      table.probabilities.size(), rows * width, "table",
      std::to_string(rows) + (rows == 1 ? " row of " : " rows of ") + std::to_string(width)));
  for (std::size_t row = 0; row < rows; ++row)
    CAUSAL_GYM_CHECKED(
        check_row(std::span(table.probabilities).subspan(row * width, width), table.given, row));
  return {};
}

Status MechanismCheck::check_kind(NoisyOrMechanism& noisy_or) const {
  const auto where = path("noisy_or");
  const auto binary = [&](VariableId v) { return variable(v).type == VariableType::binary; };
  if (!binary(v_)) return invalid("'" + name() + "' has a noisy_or but is not binary", where);
  for (const VariableId parent : noisy_or.given)
    if (!binary(parent))
      return invalid("the noisy_or of '" + name() + "' is given '" + variable(parent).name +
                         "', which is not binary",
                     where);
  CAUSAL_GYM_CHECKED(check_size(noisy_or.strengths.size(), noisy_or.given.size(),
                                "noisy_or.strengths", "one strength for each parent"));
  for (std::size_t i = 0; i < noisy_or.given.size(); ++i)
    CAUSAL_GYM_CHECKED(check_unit_interval(noisy_or.strengths[i],
                                           "the strength of '" + variable(noisy_or.given[i]).name +
                                               "' in the noisy_or of '" + name() + "'",
                                           indexed(where + ".strengths", i)));
  return check_unit_interval(noisy_or.leak, "the leak in the noisy_or of '" + name() + "'",
                             where + ".leak");
}

Status MechanismCheck::check_kind(DeterministicMechanism& deterministic) const {
  const auto states = variable(v_).states.size();
  const auto where = path("deterministic");
  CAUSAL_GYM_TRY(rows, row_count(deterministic.given, 1, where));
  CAUSAL_GYM_CHECKED(
      check_size(deterministic.states.size(), rows, "deterministic", "one state for each row"));
  for (std::size_t row = 0; row < rows; ++row) {
    const State state = deterministic.states[row];
    if (state < 0 || static_cast<std::size_t>(state) >= states)
      return invalid(row_text(deterministic.given, row) + " is state " + std::to_string(state) +
                         ", but '" + name() + "' has " + std::to_string(states) + " states",
                     indexed(where, row));
  }
  return {};
}

}  // namespace

Status check_mechanism(const Graph& graph, std::span<const Variable> variables, VariableId v,
                       Mechanism& mechanism, const Limits& limits) {
  const MechanismCheck check(graph, variables, v, limits);
  CAUSAL_GYM_CHECKED(check.check_given(mechanism_parents(mechanism)));
  return std::visit([&](auto& kind) { return check.check_kind(kind); }, mechanism);
}

}  // namespace causal_gym

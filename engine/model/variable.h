// A discrete variable: its name, type and states, and the numbers that stand for the states where
// there are any.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/graph/node_set.h"

namespace causal_gym {

// A variable's id is its node's id in the model's graph.
using VariableId = NodeId;
using State = std::int32_t;  // position in Variable::states

enum class VariableType { binary, categorical, ordinal, count };

[[nodiscard]] std::string_view variable_type_name(VariableType type);

struct Variable {
  std::string name;
  VariableType type = VariableType::binary;
  std::vector<std::string>
      states;  // at least one; unique. binary: exactly two, the second is the true one
  std::vector<double>
      numbers;        // one for each state, or empty (categorical, ordinal without numbers)
  std::string label;  // for people; may be empty
  std::string unit;   // of the numbers; may be empty
  std::optional<State> baseline;  // what `prevent` sets; binary: false unless declared
  friend bool operator==(const Variable&, const Variable&) = default;
};

// Binary variable with states false, true (or two others) and numbers 0, 1.
[[nodiscard]] Variable binary_variable(std::string name, std::string false_state = "false",
                                       std::string true_state = "true");

// The state that a text names: its exact name; for binary variables also true/false, yes/no,
// on/off, 1/0 (second state is the true one); otherwise a decimal index. A text that names one
// state as a name or truth word and another as an index or truth word (states `yes, no` in this
// order and the text `1`) is a clash. Errors: unknown_name (lists the states), invalid_argument (a
// clash, lists the states).
[[nodiscard]] Result<State> parse_state(const Variable& variable, std::string_view text);

// The state that a bare mention in an event means: the second of a binary variable.
// Errors: invalid_argument for other variables, and for a clash: states whose words say that the
// first is the true one.
[[nodiscard]] Result<State> true_state(const Variable& variable);

}  // namespace causal_gym

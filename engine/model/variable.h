// A discrete variable: its name, type and states, and the numbers that stand for the states where
// there are any; and how a text names a state.
//
// A text may be read in three ways: as a state's exact name; on a binary variable as a truth word
// (true, yes, on, 1 / false, no, off, 0; ASCII case ignored), where the second state is the true
// one; as a decimal index from 0. One reading, or several that agree, give the state. Otherwise:
//
//   states       | text    | read as
//   -------------+---------+--------------------------------------------------------------------
//   no, yes      | yes     | yes: the exact name
//   no, yes      | 1, true | yes: truth word and index agree
//   low, high    | on, 1   | high: the second state is the true one
//   yes, no      | yes     | yes: an exact name written in letters wins over a truth word
//   yes, no      | 1, true | clash: by position the state `no`, by meaning the state `yes`
//   0, 1, 2      | 2       | 2: name and index agree
//   1, 2, .., 6  | 3       | 3: increasing whole numbers are numbers, never indices or truth words
//   1, 2, .., 6  | 0       | unknown name
//   1, 0         | 1       | clash: the name of the first state, the index of the second
//   1, many      | 1       | clash: likewise
//
// A name in double quotes ("1") is always the exact name, so every state can be written.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/limits.h"
#include "engine/base/result.h"
#include "engine/graph/node_set.h"

namespace causal_gym {

// A variable's id is its node's id in the model's graph.
using VariableId = NodeId;
using State = std::int32_t;  // position in Variable::states

enum class VariableType { binary, categorical, ordinal, count };

[[nodiscard]] std::string_view variable_type_name(VariableType type);
// The type of that name, or unknown_name with the nearest spelling.
[[nodiscard]] Result<VariableType> parse_variable_type(std::string_view name);

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

// A variable of the type with its default numbers and baseline. Numbers: of a count, and of a
// binary variable whose two names are increasing whole numbers, the names; of any other binary
// variable 0, 1; otherwise none. Baseline: the first state of a binary variable. A binary variable
// whose words clash (`yes, no`) has neither. `binary` without states gets `false, true`.
[[nodiscard]] Variable make_variable(std::string name, VariableType type,
                                     std::vector<std::string> states = {});

// make_variable(name, binary, {false_state, true_state}).
[[nodiscard]] Variable binary_variable(std::string name, std::string false_state = "false",
                                       std::string true_state = "true");

// Ok, or invalid_argument: no states (binary: not two), a state's name empty, repeated or with a
// control character, numbers that are not finite or not one for each state, a count without
// numbers, a baseline out of range; limit_exceeded: states, length of a name.
// `where` is "variables.<name>" or "variables.<name>.states[i]".
[[nodiscard]] Status check_variable(const Variable& variable, const Limits& limits = {});

// The state that a text names, by the table above. Errors: unknown_name (lists the states, with the
// nearest spelling), invalid_argument (a clash, lists the states).
[[nodiscard]] Result<State> parse_state(const Variable& variable, std::string_view text);

// The state of exactly this name: what a text in double quotes means. Errors: unknown_name.
[[nodiscard]] Result<State> parse_exact_state(const Variable& variable, std::string_view name);

// The state's name, in double quotes where a bare word would not read back to it.
[[nodiscard]] std::string state_text(const Variable& variable, State state);

// The state that a bare mention in an event means: the second of a binary variable.
// Errors: invalid_argument for other variables, and for a clash: states whose words say that the
// first is the true one (the suggestion says to write `lung=yes`).
[[nodiscard]] Result<State> true_state(const Variable& variable);

}  // namespace causal_gym

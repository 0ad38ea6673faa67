// How one discrete variable is produced from its parents: a table, a noisy-or, or a deterministic
// function.
//
// Rows run over the states of `given`, first-listed slowest, in every kind.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "engine/model/variable.h"

namespace causal_gym {

// How the values that a table would give under different parents hang together (level three of the
// ladder).
enum class Coupling { undeclared, monotone, independent };

// Conditional probabilities P(variable | given), rows * states numbers, each row summing to one.
struct TableMechanism {
  std::vector<VariableId> given;
  std::vector<double> probabilities;
  Coupling coupling = Coupling::undeclared;
  friend bool operator==(const TableMechanism&, const TableMechanism&) = default;
};

// P(variable = true | given) = 1 - (1 - leak) * product over true parents of (1 - strength).
// Source: Pearl 1988, section 4.3.2. The variable and its parents are binary.
struct NoisyOrMechanism {
  std::vector<VariableId> given;
  std::vector<double> strengths;  // one for each parent, in [0, 1]
  double leak = 0;                // in [0, 1]
  friend bool operator==(const NoisyOrMechanism&, const NoisyOrMechanism&) = default;
};

// The variable's state for each row.
struct DeterministicMechanism {
  std::vector<VariableId> given;
  std::vector<State> states;
  friend bool operator==(const DeterministicMechanism&, const DeterministicMechanism&) = default;
};

using Mechanism = std::variant<TableMechanism, NoisyOrMechanism, DeterministicMechanism>;

// The mechanism's `given`, in its order.
[[nodiscard]] std::span<const VariableId> mechanism_parents(const Mechanism& mechanism);

// The number of joint states (1 for none), or `at_most` + 1 when it would be larger.
[[nodiscard]] std::size_t joint_state_count(std::span<const std::size_t> cardinalities,
                                            std::size_t at_most);

}  // namespace causal_gym

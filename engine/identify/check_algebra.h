// Is an equation between expressions true of every table of probabilities?
//
// Both sides are rational functions of the tables: of P(all variables | do(x)) for each world, that
// is, each population and set of actions that a term names. They are evaluated, in exact arithmetic
// modulo the prime 2^61 - 1, at random tables; an equation that is false of some table holds at a
// random one with a probability of about degree / 2^61 (Schwartz 1980; Zippel 1979). The first
// round has two states for each variable; in one more for each variable that one has three, so that
// no equality of numbers of states is taken for one of probability. The states of free variables
// are all alike in a random table, so one state each is tried. Cost, for each round: the cells of
// each table for each set of variables that terms name, and each part of the expressions once for
// each state of its free variables.
#pragma once

#include "engine/identify/check_form.h"

namespace causal_gym {

enum class EquationVerdict { holds, fails, too_large };

struct EquationLimits {
  std::size_t cells = 3 << 15;  // of one world's table (16 variables), and of the values of a part
  std::size_t additions = 20'000'000;  // of numbers, in one round
};

[[nodiscard]] EquationVerdict check_equation(const FormPtr& left, const FormPtr& right,
                                             const EquationLimits& limits = {});

}  // namespace causal_gym

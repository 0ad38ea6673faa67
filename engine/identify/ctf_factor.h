// Ctf-factors: P(W1[pa1] = w1, W2[pa2] = w2, ...), each variable under values of its parents.
//
// A question is a sum over a product of ctf-factors, one for each district of the variables of its
// network. A ctf-factor in which every variable has one value wherever it stands is the c-factor
// Q[C] = P(c | do(pa(C) - c)): any experiment on the parents shows it, and observation does when
// Identify finds it. One with two values for a variable is shown by nothing.
// Source: Correa, Lee & Bareinboim 2021, NeurIPS (ctf-factors, inconsistent ones).
// Cost: O(n) for a check; that of c_factor.h for a derivation.
#pragma once

#include <variant>

#include "engine/identify/c_factor.h"
#include "engine/identify/counterfactual_network.h"
#include "engine/identify/hedge.h"

namespace causal_gym {

// What an estimand may use: P(v), or P(v | do(x)) for every x.
enum class AvailableData { observational, experimental };

struct CtfFactorMember {  // variable[held] = value
  NodeId variable = 0;
  ExpressionVariable value = 0;
  std::vector<std::pair<NodeId, ExpressionVariable>> held;  // its parents
};

struct CtfFactor {  // members in topological order
  std::vector<CtfFactorMember> members;
};

// Two values of one variable in a ctf-factor; or, when they are the same symbol, a variable that
// stands in it in two worlds.
struct ValueConflict {
  NodeId variable = 0;
  ExpressionVariable first = 0;
  ExpressionVariable second = 0;
};

// Why a ctf-factor is not identifiable. `conflict`: no data whatever show it. `hedge`: it is the
// c-factor of a district that observation does not take apart.
struct CtfFactorWitness {
  CtfFactor factor;
  std::optional<ValueConflict> conflict;
  std::optional<Hedge> hedge;
};

struct IdentifiedCtfFactor {
  CtfFactor factor;
  CFactorDerivation derivation;  // from observation; its kernel is not yet renamed
  // What its members' distributions are, renamed to symbols. From experiments it is one link, whose
  // expression is that of all members; its variable is the last one's value.
  std::vector<KernelLink> links;
};

// The variable that has two values, if there is one.
[[nodiscard]] std::optional<ValueConflict> value_conflict(const CtfFactor& factor);

// Links made are added to `links_made`. Errors: limit_exceeded (over limits.identification_links).
[[nodiscard]] Result<std::variant<IdentifiedCtfFactor, CtfFactorWitness>> identify_ctf_factor(
    const AdmgRows& rows, CtfFactor factor, AvailableData available, std::size_t& links_made,
    const Limits& limits = {});

// "P(y[x=x], x=x')", as counterfactual_text writes events.
[[nodiscard]] std::string ctf_factor_text(const Graph& graph, const ValueSymbols& symbols,
                                          const CtfFactor& factor);

// One sentence for people.
[[nodiscard]] std::string witness_text(const Graph& graph, const ValueSymbols& symbols,
                                       const CtfFactorWitness& witness);

// Is the witness what it says it is: a ctf-factor of one district with such a conflict, or a hedge
// of the effect that the factor is? Reads nothing but the graph and the definitions.
[[nodiscard]] Status check_witness(const Graph& graph, const CtfFactorWitness& witness);

}  // namespace causal_gym

// The checker of derivations: is each step what it says, and does what it rests on hold?
//
// Shares no code with what makes derivations: its own separation (check_separation.h), its own
// form of expressions (check_form.h), its own arithmetic (check_algebra.h). It takes derivations
// from anyone. Source: Pearl 2009, theorem 3.4.1. Cost: O(n + m) for each use of a rule, the parts
// of the expression for each step, and that of check_algebra.h for algebra.
#pragma once

#include <string>

#include "engine/base/cancellation.h"
#include "engine/base/result.h"
#include "engine/identify/check_algebra.h"
#include "engine/identify/derivation.h"

namespace causal_gym {

enum class DerivationVerdict {
  valid,
  invalid,
  unchecked,  // nothing wrong was found, but something is over a limit
};

// "valid", "invalid", "unchecked"
[[nodiscard]] std::string_view derivation_verdict_name(DerivationVerdict verdict);

struct DerivationCheck {
  DerivationVerdict verdict = DerivationVerdict::valid;
  // The first bad step, or the first that is over a limit; steps.size() stands for the end result.
  // Of no meaning when valid.
  std::size_t step = 0;
  std::string reason;  // one sentence; empty when valid
};

// What the derivation should lead from and to; null where any will do.
struct DerivationClaim {
  ExpressionPtr goal;
  ExpressionPtr estimand;
};

struct DerivationLimits {
  std::size_t steps = 1'000;
  std::size_t terms = 20'000;  // and variables of one expression, written out
  EquationLimits equation;
};

// Every step rewrites each place where its `from` stands in the expression before it, and nothing
// else; `whole` may be null, and is compared otherwise, up to the order of products. A rule must
// have the separation that it needs, as stated (a statement that is left out is taken to be that
// one), and it must hold. The end result must mention no do(). Errors: cancelled.
[[nodiscard]] Result<DerivationCheck> check_derivation(const Graph& graph,
                                                       const Derivation& derivation,
                                                       const DerivationClaim& claim = {},
                                                       const DerivationLimits& limits = {},
                                                       const CancellationToken& cancellation = {});

}  // namespace causal_gym

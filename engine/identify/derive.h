// The derivation of an identified effect: from P(y | do(x), z) to the estimand, by do-calculus.
//
// Adjustment and front-door are derived as in textbooks (Pearl 2009, sections 3.3 and 3.4), an
// effect of the general strategy as in derive_c_factor.h. The last step, where one is needed, is
// algebra that turns what was reached into the estimand as it was given. Cost: the steps times the
// parts of the expression, beside a few separations for each step.
#pragma once

#include "engine/base/cancellation.h"
#include "engine/identify/derivation.h"
#include "engine/identify/identify.h"

namespace causal_gym {

// `identification` is what identify_effect answered for this target. Errors: invalid_argument (no
// estimand), not_determined (an estimand that no search here leads to: not one of
// identify_effect), limit_exceeded, cancelled.
[[nodiscard]] Result<Derivation> derive(const Graph& graph, const EffectTarget& target,
                                        const Identification& identification,
                                        const Limits& limits = {},
                                        const CancellationToken& cancellation = {});

}  // namespace causal_gym

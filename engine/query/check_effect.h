// Effects as sums of terms, exactly as check.h writes them.
//
// Source: Pearl 2001, "Direct and indirect effects", UAI (NDE, NIE, CDE); Pearl 2009, section 9.2
// (PN, PS, PNS); Shpitser & Pearl 2009 (ATT). NDE and NIE take one term for each joint state of
// the mediators.
#pragma once

#include "engine/query/check.h"

namespace causal_gym {

// Errors: unknown_name, invalid_argument, limit_exceeded (terms) as in check.h.
[[nodiscard]] Result<CheckedQuery> expand_effect(const EffectQuery& effect, const Model& model,
                                                 const Limits& limits);

[[nodiscard]] CheckedQuery combine(Operator operation, CheckedQuery left, CheckedQuery right);

}  // namespace causal_gym

// Counterfactual terms by a twin network: one copy of the model per world, sharing the noise.
//
// Source: Balke & Pearl 1994 (twin networks); Shpitser & Pearl 2007 (parallel worlds). The noise of
// a table mechanism follows its declared coupling: monotone = one uniform number through the
// inverse distribution function, independent = one number per row. A variable needs its coupling
// only when two worlds may give its parents different states.
#pragma once

#include "engine/infer/evidence.h"
#include "engine/query/check.h"

namespace causal_gym {

// The value of a counterfactual term: a factor over the variables of the `each_state` events (one
// number when there are none); P(events | conditions), or the expectation. Errors: not_determined
// (names the mechanism whose coupling must be declared), zero_probability, limit_exceeded,
// cancelled.
[[nodiscard]] Result<Factor> evaluate_counterfactual(const Model& model, const CheckedTerm& term,
                                                     const InferenceOptions& options = {});

}  // namespace causal_gym

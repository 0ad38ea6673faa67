// Counterfactual terms by a twin network: one copy of the model per world, sharing the noise.
//
// Source: Balke & Pearl 1994 (twin networks); Shpitser & Pearl 2007 (parallel worlds). The noise of
// a table mechanism follows its declared coupling: monotone = one uniform number through the
// inverse distribution function, independent = one number per row. A variable needs its coupling
// only when two worlds may give its parents different states.
#pragma once

#include "engine/infer/evidence.h"
#include "engine/model/factor.h"
#include "engine/query/check.h"

namespace causal_gym {

// The value of a counterfactual term: P(events | conditions), with one axis for each `each_state`
// event, then condition, in order of mention (axes of two worlds may name the same variable; one
// number when there are none), or the expectation. Worlds set variables on top of `model`, which is
// the actual world. Errors: not_determined (names the mechanism whose coupling must be declared),
// zero_probability, limit_exceeded, cancelled, invalid_argument (an expectation of states without
// numbers).
[[nodiscard]] Result<Factor> evaluate_counterfactual(const Model& model, const CheckedTerm& term,
                                                     const InferenceOptions& options = {});

}  // namespace causal_gym

// Variables of a linear model across worlds that share its noise: observational, interventional and
// counterfactual means and variances, given evidence in any of the worlds.
//
// Every variable of every world is an affine function of the same noises, so that all of them are
// jointly normal: abduction, action and prediction are one conditioning.
// Source: Pearl 2009, sections 1.4.4 and 7.1; Balke & Pearl 1995, UAI-95.
// Cost: O(w n (n + m) + t n^2 + t^3) for w worlds and t terms.
#pragma once

#include <vector>

#include "engine/base/cancellation.h"
#include "engine/linear/gaussian.h"
#include "engine/linear/linear_regime.h"

namespace causal_gym {

// The variable in the world in which these values are set: Y, or Y[X=1].
struct LinearTerm {
  NodeId variable = 0;
  std::vector<SetValue> world;
};

struct LinearEvidence {
  LinearTerm term;
  double value = 0;
};

// The joint distribution of the outcomes given the evidence, in order of the outcomes.
// E[y[h=2] | x=0.5, h=1, y=1.5] has outcome {y, {{h, 2}}} and evidence {{x, {}}, 0.5}, ..;
// E[y | do(h=2), x=0.5] has every term in the world {{h, 2}}.
// Errors, naming the variable: invalid_argument (a variable out of range, set twice in one world, a
// number that is not finite), zero_probability (evidence that contradicts what is before it: a
// variable that those values or the world determine), limit_exceeded (query_terms), cancelled.
[[nodiscard]] Result<Gaussian> linear_distribution(const LinearModel& model,
                                                   const std::vector<LinearTerm>& outcomes,
                                                   const std::vector<LinearEvidence>& evidence,
                                                   const Limits& limits = {},
                                                   const CancellationToken& cancellation = {});

struct MeanAndVariance {
  double mean = 0;
  double variance = 0;
};

// The same for one outcome.
[[nodiscard]] Result<MeanAndVariance> linear_expectation(
    const LinearModel& model, const LinearTerm& outcome,
    const std::vector<LinearEvidence>& evidence, const Limits& limits = {},
    const CancellationToken& cancellation = {});

}  // namespace causal_gym

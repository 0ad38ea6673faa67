// Formulas for effects that the graph alone does not identify, and what they assume.
//
// With a treatment of two states, P(y[x'] | x) P(x) = P(y[x']) - P(y, x') by consistency, so that
// ATT and ATU need no more than P(y[x]) and P(y[x']). With a monotone outcome of two states the
// probabilities of causation do not, either. Where P(y[x]) is not identifiable itself, exogeneity
// makes it P(y | x). Source: Tian & Pearl 2000. Cost: that of two
// identifications.
#pragma once

#include "engine/counterfactual/identify_query.h"

namespace causal_gym {

// Formulas of ATT, ATU, PN, PS and PNS; none for other effects, or when a limit ended the search.
// `symbols` are those of the query. Errors: cancelled.
[[nodiscard]] Result<std::vector<AssumedAnswer>> assumed_answers(
    const Graph& graph, const ReadQuestions& read, AvailableData available, const Limits& limits,
    const CancellationToken& cancellation);

}  // namespace causal_gym

// What someone concludes who knows marginals and pairwise associations only.
//
// Several conditions count as independent evidence (naive Bayes): P(y | c1, c2) is proportional to
// P(y) times the product of P(y | ci) / P(y); several events are multiplied. Cost: one exact
// inference per event and condition.
#pragma once

#include "engine/query/check.h"

namespace causal_gym {

// The number of a query without do() and worlds. Errors: those of posterior; zero_probability when
// a condition never happens or the pieces of evidence exclude each other; invalid_argument for a
// counterfactual term or a table.
[[nodiscard]] Result<double> associate(const Model& model, const CheckedQuery& query);

}  // namespace causal_gym

// What mere seeing would answer: the same query with doing replaced by conditioning.
#pragma once

#include <optional>

#include "gym/environment/belief.h"

namespace causal_gym {

// The query with each do(X=x), and each set or prevent intervention of the regime, turned into the
// condition X=x. The query's own do() wins over the regime. `randomize` and `disconnect` name no
// state to condition on and are left out. ATE, TE, ATT and ATU become E[Y | X=b] - E[Y | X=a]; CDE
// the same with its held values as conditions. Nothing for counterfactual terms, NDE, NIE, PN, PS
// and PNS: seeing has no answer of its own to them.
[[nodiscard]] std::optional<Query> seeing_query(const Query& query, const Regime& regime,
                                                const Model& model);

// The seeing query's value in the model without interventions; nothing when there is no seeing
// query or when it conditions on an event of probability zero. Errors: those of ask_value but
// zero_probability.
[[nodiscard]] Result<std::optional<double>> seeing_answer(const Model& model, const Regime& regime,
                                                          const Query& query);

// A query under a regime discriminates doing from seeing when the two answers differ by at least
// this share of the query's range.
inline constexpr double discriminating_difference = 0.05;

// |truth - seeing| reaches it, within 1e-12 for rounding.
[[nodiscard]] bool discriminates_doing(double truth, double seeing, const BeliefRange& range);

}  // namespace causal_gym

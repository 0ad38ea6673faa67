// Two concrete models that nobody can tell apart by watching, and that disagree about an effect:
// what a hedge proves, as numbers.
//
// Each node of the hedge carries a bit. In the first model it is the parity of the bits and latent
// coins that lead to it in the outer forest; in the second the inner forest ignores what comes from
// outside it. Seen, each coin is counted twice, so that the parity of the roots is the same
// in both; once the treatment is set, coins are cut off and it is not. Roots flip now and then, how
// often depending on what else they read, so that everything has positive probability and nothing
// that is conditioned on hides the parity. All other mechanisms are drawn once and shared, and
// carry the difference on to the outcome.
// Source: Shpitser & Pearl 2006, AAAI, theorem 4. Cost: that of exact inference in the models.
#pragma once

#include "engine/base/cancellation.h"
#include "engine/identify/identify.h"
#include "engine/model/model.h"
#include "engine/query/query.h"

namespace causal_gym {

struct DisagreeingModels {
  Model first;
  Model second;
  // A question on which they disagree: P(events | do(interventions), conditions), as both answer
  // it.
  ProbabilityQuery question;
  double first_answer = 0;
  double second_answer = 0;
  // Over how many joint states of the observed nodes they were compared, whether those were all,
  // and the largest difference of probability found (rounding).
  std::size_t compared = 0;
  bool compared_all = false;
  double seen_difference = 0;
};

// The models are over the graph's latent projection; each bidirected edge is a latent root
// with a name of its own ("L1"). Answers differ by at least 1e-3, seen probabilities by at most
// 1e-12. Errors: invalid_argument (the hedge is none of this effect), limit_exceeded (tables),
// cancelled, unavailable (no pair found within 64 draws).
[[nodiscard]] Result<DisagreeingModels> make_disagreeing_models(
    const Graph& graph, const EffectTarget& target, const Hedge& hedge, const Limits& limits = {},
    const CancellationToken& cancellation = {});

}  // namespace causal_gym

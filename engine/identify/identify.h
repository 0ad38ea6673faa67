// Can P(y | do(x), given) be had from the observational distribution, and by which expression?
//
// Tries, in this order: no effect (do-calculus rule 3), adjustment, front-door; then the last two
// for what remains of the treatment when rule 3 has dropped what it can. A conditional effect is
// had by rule 2 or as a ratio of effects. The verdict `unknown` says that none of these applies; it
// never stands for "not identifiable". Source: Pearl 2009, chapter 3. Cost: that of adjustment.h
// and front_door.h.
#pragma once

#include <optional>
#include <string>

#include "engine/base/cancellation.h"
#include "engine/expression/expression.h"
#include "engine/graph/graph.h"

namespace causal_gym {

enum class Verdict { identifiable, not_identifiable, unknown };
enum class Strategy { none, no_effect, adjustment, front_door };

[[nodiscard]] std::string_view strategy_name(Strategy strategy);

struct EffectTarget {  // P(outcome | do(treatment), given); disjoint; outcome not empty; treatment
                       // may be empty
  NodeSet treatment;
  NodeSet outcome;
  NodeSet given;
};

struct Identification {
  Verdict verdict = Verdict::unknown;
  Strategy strategy = Strategy::none;
  NodeSet set;             // the adjustment or front-door set; observed nodes
  ExpressionPtr estimand;  // over the graph's node ids; null unless identifiable
  std::string reason;      // one sentence for people
};

// Errors: invalid_argument (overlapping sets, empty outcome, latent variables asked for),
// cancelled.
[[nodiscard]] Result<Identification> identify_effect(const Graph& graph, const EffectTarget& target,
                                                     const CancellationToken& cancellation = {});

}  // namespace causal_gym

// Can P(y | do(x), given) be had from the observational distribution, and by which expression?
//
// Tries, in this order: no causal path (rule 3), adjustment, front-door. The verdict `unknown` says
// that none of these applies; it never stands for "not identifiable".
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
  NodeSet set;             // the adjustment or front-door set
  ExpressionPtr estimand;  // over the graph's node ids; null unless identifiable
  std::string reason;      // one sentence for people
};

// Errors: invalid_argument (overlapping sets, empty outcome, latent variables asked for).
[[nodiscard]] Result<Identification> identify_effect(const Graph& graph, const EffectTarget& target,
                                                     const CancellationToken& cancellation = {});

}  // namespace causal_gym

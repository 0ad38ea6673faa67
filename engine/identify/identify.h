// Can P(y | do(x), given) be had from the observational distribution, and by which expression?
//
// Tries, in this order: no effect (do-calculus rule 3), adjustment, front-door; then the last two
// for what remains of the treatment when rule 3 has dropped what it can; a conditional effect is
// had by rule 2 or as a ratio of effects. What these leave is decided by ID and IDC (id.h, idc.h),
// which are complete: the answer is an estimand or a hedge. The verdict `unknown` says that a limit
// ended the search; it never stands for "not identifiable". Source: Pearl 2009, chapter 3; Shpitser
// & Pearl 2006. Cost: that of adjustment.h, front_door.h and id.h.
#pragma once

#include <optional>
#include <string>

#include "engine/base/cancellation.h"
#include "engine/expression/expression.h"
#include "engine/graph/graph.h"
#include "engine/identify/hedge.h"

namespace causal_gym {

enum class Verdict { identifiable, not_identifiable, unknown };
enum class Strategy { none, no_effect, adjustment, front_door, general };

[[nodiscard]] std::string_view strategy_name(Strategy strategy);

struct EffectTarget {  // P(outcome | do(treatment), given); disjoint; outcome not empty; treatment
                       // may be empty
  NodeSet treatment;
  NodeSet outcome;
  NodeSet given;
};

struct Identification {
  EffectTarget target;  // what the estimand equals
  Verdict verdict = Verdict::unknown;
  Strategy strategy = Strategy::none;
  NodeSet set;             // the adjustment or front-door set; observed nodes
  ExpressionPtr estimand;  // over the graph's node ids; null unless identifiable
  std::string reason;      // one sentence for people
  // Nodes that the estimand mentions beside those asked about: its value is the same for each of
  // their states.
  NodeSet free;
  // The estimand is defined where these are positive, and its parts that are zero need them not.
  std::vector<ExpressionPtr> positive;
  std::optional<Hedge> hedge;  // when not identifiable
  std::string limit;           // when unknown: the limit that ended the search
};

// Is this an effect in the graph? Errors: invalid_argument (overlapping sets, empty outcome, latent
// variables asked for).
[[nodiscard]] Status check_target(const Graph& graph, const EffectTarget& target);

// What must be positive for the expression to have a value: the conditions of its probabilities and
// the denominators of its fractions, each once, in order of appearance.
[[nodiscard]] std::vector<ExpressionPtr> positivity_requirements(const ExpressionPtr& expression);

// Errors: invalid_argument (overlapping sets, empty outcome, latent variables asked for),
// cancelled.
[[nodiscard]] Result<Identification> identify_effect(const Graph& graph, const EffectTarget& target,
                                                     const CancellationToken& cancellation = {},
                                                     const Limits& limits = {});

}  // namespace causal_gym

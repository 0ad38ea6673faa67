// Can P(events | conditions), over any worlds, be had from what is observed, or from all
// experiments, and by which expression?
//
// Decided by ctf-ID and ctf-IDC (ctf_id.h, ctf_idc.h), which are complete. Zero and undefined are
// answers: the events cannot happen, or the conditions cannot. The verdict `unknown` says that a
// limit ended the search. Cost: that of ctf_idc.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/identify/ctf_idc.h"

namespace causal_gym {

enum class CounterfactualVerdict { identifiable, zero, undefined, not_identifiable, unknown };

struct CounterfactualIdentification {
  CounterfactualVerdict verdict = CounterfactualVerdict::unknown;
  AvailableData available = AvailableData::observational;
  ExpressionPtr estimand;  // simplified, over symbols; null unless identifiable
  ValueSymbols symbols;    // those of the question and those that the estimand sums over
  std::string reason;      // one sentence for people
  // Symbols that the estimand mentions beside those of the question: its value is the same for each
  // of their states.
  NodeSet free;
  std::vector<ExpressionPtr> positive;         // the estimand is defined where these are positive
  std::vector<CtfFactor> factors;              // whose distributions make up the estimand
  std::optional<CtfFactorWitness> witness;     // when not identifiable
  std::optional<CounterfactualEvent> culprit;  // zero, undefined: what cannot happen with the rest
  std::string limit;                           // when unknown: the limit that ended the search
};

// Symbols of one variable stand for different values. Errors: invalid_argument (no events; what
// check_event finds), cancelled.
[[nodiscard]] Result<CounterfactualIdentification> identify_counterfactual(
    const Graph& graph, const ValueSymbols& symbols, const CounterfactualQuestion& question,
    AvailableData available = AvailableData::observational, const Limits& limits = {},
    const CancellationToken& cancellation = {});

// "P(Y[X=x]=y | X=x')"
[[nodiscard]] std::string counterfactual_text(const Graph& graph, const ValueSymbols& symbols,
                                              const CounterfactualQuestion& question);

// Are these the same probability in every model, because they speak of the same variables in the
// same worlds? A yes is certain. Events are checked. Errors: limit_exceeded, cancelled.
[[nodiscard]] Result<bool> same_probability(const AdmgRows& rows, const CounterfactualQuestion& a,
                                            const CounterfactualQuestion& b,
                                            const Limits& limits = {},
                                            const CancellationToken& cancellation = {});

}  // namespace causal_gym

// Identification of a query of any rung: P(...) and E[...] with do() or worlds, and the effects
// ATE, ATT, ATU, CDE, NDE, NIE, TE, PN, PS, PNS.
//
// Each is a signed sum of counterfactual questions (read_question.h), decided one by one; terms
// that are the same variable cancel first. Where a quantity is not identifiable from the graph
// alone, formulas that hold under further assumptions are given beside it, the assumptions named.
// Source: Correa, Lee & Bareinboim 2021 (questions); Tian & Pearl 2000, "Probabilities of
// causation: bounds and identification" (monotonicity, exogeneity); Pearl 2001
// (NDE, NIE); Shpitser & Pearl 2009 (ATT). Cost: that of identify_counterfactual.h for each part.
#pragma once

#include "engine/counterfactual/read_question.h"
#include "engine/counterfactual/signed_sum.h"
#include "engine/identify/identify_counterfactual.h"

namespace causal_gym {

struct IdentifiedPart {
  int sign = 1;
  CounterfactualQuestion question;
  CounterfactualIdentification answer;
};

// The quantity under assumptions that the graph does not make: the signed sum of parts over the
// denominator.
struct AssumedAnswer {
  std::vector<std::string> assumptions;  // one sentence each
  std::vector<SignedExpression> parts;
  ExpressionPtr denominator;  // over the query's symbols; one() when there is none
  std::string text;
  std::string latex;
};

struct QueryIdentification {
  // zero: the parts cancel, or cannot happen. undefined: a condition cannot happen.
  CounterfactualVerdict verdict = CounterfactualVerdict::unknown;
  ValueSymbols symbols;                 // of the query; each part may have more
  std::vector<SymbolMeaning> meanings;  // of symbols whose name does not say it
  std::vector<IdentifiedPart> parts;
  // With it, the quantity is the sum over the states of this symbol of its number times the parts.
  std::optional<ExpressionVariable> expectation_of;
  std::string text;  // the whole formula, when identifiable or zero: "P(y | x) - P(y | x')"
  std::string latex;
  std::string reason;  // one sentence for people
  // What the graph says that the formula rests on, when identifiable: latent causes that are not
  // there, and whether they are about several worlds at once. One sentence each.
  std::vector<std::string> assumptions;
  std::vector<AssumedAnswer> under_assumptions;  // only when not identifiable
};

// Errors: as read_questions, cancelled.
[[nodiscard]] Result<QueryIdentification> identify_counterfactual_query(
    const Graph& graph, const Query& query, AvailableData available = AvailableData::observational,
    const Limits& limits = {}, const CancellationToken& cancellation = {});

}  // namespace causal_gym

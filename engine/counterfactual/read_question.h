// A query of symbolic use as counterfactual questions: names become nodes, values become symbols.
//
// The first value of a variable that the query speaks of is its own symbol (x), further ones are
// primed (x', x''); an event without a value, or with *, has a symbol of its own. do(x) sets x in
// the world of every event. Effects are signed sums of questions, as query/check.h writes them,
// with x for the treated state and x' for the untreated one; the states that a nested
// counterfactual takes are summed by who identifies it. Source: as check_effect.h. Cost: linear.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/identify/counterfactual_event.h"
#include "engine/query/query.h"

namespace causal_gym {

struct SignedQuestion {
  int sign = 1;
  CounterfactualQuestion question;
};

struct SymbolMeaning {
  ExpressionVariable symbol = 0;
  std::string text;  // "1", "treated", "any state but y"
};

// The symbols of an effect that has a treatment and an outcome.
struct EffectSymbols {
  EffectKind kind = EffectKind::ATE;
  NodeId treatment = 0;
  NodeId outcome = 0;
  ExpressionVariable treated = 0;        // x
  ExpressionVariable untreated = 0;      // x'
  ExpressionVariable outcome_state = 0;  // y
};

struct ReadQuestions {
  ValueSymbols symbols;
  std::vector<SymbolMeaning> meanings;
  std::vector<SignedQuestion> parts;  // at least one
  // With it, the quantity is the sum over the states of this symbol of its number times the parts.
  std::optional<ExpressionVariable> expectation_of;
  std::optional<EffectSymbols> effect;
};

// Errors: unknown_name, invalid_argument (a latent variable, arithmetic between terms, one variable
// with both a set of states and other values, a treatment that is the outcome or a mediator),
// limit_exceeded.
[[nodiscard]] Result<ReadQuestions> read_questions(const Graph& graph, const Query& query,
                                                   const Limits& limits = {});

}  // namespace causal_gym

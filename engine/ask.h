// The front door of the engine: (model, regime, query) -> answer.
//
// The regime comes first: the model under it is the actual world, which P(...) and E[...] without
// do() speak of, and on top of which counterfactual worlds set their variables. do() in the query
// comes after the regime and wins for a variable that both name. Cost: that of elimination, for
// each term of the query.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/identify/derivation.h"
#include "engine/identify/identify.h"
#include "engine/infer/evidence.h"
#include "engine/model/regime.h"
#include "engine/query/query.h"

namespace causal_gym {

struct Interval {
  double low = 0;
  double high = 0;
  friend bool operator==(const Interval&, const Interval&) = default;
};

// Probabilities over the joint states of the variables; the last variable runs fastest. The
// variables are those the query asks every state of, in order of mention: P(A=* | B=*) is P(a | b)
// for each b. One in another world is named as the query writes it: y[x=1].
struct Distribution {
  std::vector<std::string> variables;
  std::vector<std::vector<std::string>> states;
  std::vector<double> probabilities;
  friend bool operator==(const Distribution&, const Distribution&) = default;
};

struct Answer {
  std::variant<double, Interval, Distribution> value;
  // For a query whose causal terms are all P or E with the same variables in do(), outcome and
  // conditions: can it be had from observing the observed variables alone, the regime (without what
  // do() overrides) in force? Estimand and set are over the model's variable ids. Absent for
  // observational and counterfactual queries, and when the terms name latent variables.
  std::optional<Identification> identification;
  // How the estimand follows, when the effect is identifiable and the proof is within the limits.
  std::optional<Derivation> derivation;
};

struct AskOptions {
  InferenceOptions inference;
  bool identification = true;  // also say how the query is identified
};

// An event that contradicts its do() has probability 0; a condition that does, or that cannot
// happen in one row of a table that is asked for, is zero_probability. Errors: those of
// check_regime, check_query, intervene, conditional_mass and evaluate_counterfactual; a division by
// zero in the query's own arithmetic is zero_probability, a result too large for a double
// invalid_argument. No answer is ever NaN or infinite.
[[nodiscard]] Result<Answer> ask(const Model& model, const Regime& regime, const Query& query,
                                 const AskOptions& options = {});

// The number of a query that asks for one. Errors: also invalid_argument when the query asks for a
// table, and not_determined when only an interval is known.
[[nodiscard]] Result<double> ask_value(const Model& model, const Regime& regime, const Query& query,
                                       const InferenceOptions& options = {});

}  // namespace causal_gym

// The front door of the engine: (model, regime, query) -> answer.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

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

// Probabilities over the joint states of the variables; the last variable runs fastest.
struct Distribution {
  std::vector<std::string> variables;
  std::vector<std::vector<std::string>> states;
  std::vector<double> probabilities;
  friend bool operator==(const Distribution&, const Distribution&) = default;
};

struct Answer {
  std::variant<double, Interval, Distribution> value;
  // For a query whose causal terms are all P or E with one and the same do(): can it be had from
  // observing the observed variables alone? Absent for observational and counterfactual queries.
  std::optional<Identification> identification;
};

struct AskOptions {
  InferenceOptions inference;
  bool identification = true;  // also say how the query is identified
};

// Errors: those of check_query, intervene, joint_mass and evaluate_counterfactual; a division by
// zero in the query's own arithmetic is zero_probability. No answer is ever NaN or infinite.
[[nodiscard]] Result<Answer> ask(const Model& model, const Regime& regime, const Query& query,
                                 const AskOptions& options = {});

// The number of a query that asks for one. Errors: also invalid_argument when the query asks for a
// table, and not_determined when only an interval is known.
[[nodiscard]] Result<double> ask_value(const Model& model, const Regime& regime, const Query& query,
                                       const InferenceOptions& options = {});

}  // namespace causal_gym

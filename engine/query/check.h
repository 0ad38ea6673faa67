// A query resolved against a model: names become ids, values become sets of states, effects become
// sums of terms.
#pragma once

#include <variant>
#include <vector>

#include "engine/model/model.h"
#include "engine/model/regime.h"
#include "engine/query/query.h"

namespace causal_gym {

// The states a variable may take in an event, in the world where `world` was set (empty: the actual
// world).
struct CheckedEvent {
  VariableId variable = 0;
  std::vector<SetIntervention> world;  // sorted by variable, each variable once
  std::vector<bool> allowed;           // one for each state
  bool each_state = false;  // X=* or a bare variable with more than two states: asks for a table
  friend bool operator==(const CheckedEvent&, const CheckedEvent&) = default;
};

// P(events | conditions, do(interventions)), or E of the numbers of `expectation_of` under the same
// conditions. weighted (never written, made by effects): E[number(expectation_of) * 1{events}], so
// that no division happens.
struct CheckedTerm {
  std::vector<CheckedEvent> events;
  std::vector<CheckedEvent> conditions;
  std::vector<SetIntervention> interventions;
  std::optional<CheckedEvent> expectation_of;  // its `allowed` is all states
  [[nodiscard]] bool counterfactual() const;   // some event or condition has a world
  [[nodiscard]] bool causal() const;           // counterfactual, or with interventions
  [[nodiscard]] bool table() const;            // some event asks for each state
  friend bool operator==(const CheckedTerm&, const CheckedTerm&) = default;
};

struct CheckedQuery;
using CheckedQueryPtr = std::shared_ptr<const CheckedQuery>;
struct CheckedArithmetic {
  Operator operation = Operator::add;
  CheckedQueryPtr left;
  CheckedQueryPtr right;
};
struct CheckedQuery {
  std::variant<double, CheckedTerm, CheckedArithmetic> node;  // negation is 0 - x
};

// Errors: unknown_name (variable or state, with the nearest spelling), invalid_argument (do(x)
// without a value, an event on an intervened variable's contradictory state is *not* an error, E[]
// of states without numbers, a table inside arithmetic, the same variable set twice, an effect
// whose treatment has not two states and no contrast, X = Y, a mediator that is the treatment or
// outcome, < on a categorical variable), limit_exceeded (answer rows, terms).
//
// Effects become terms: ATE = TE = E[Y|do(b)] - E[Y|do(a)]; ATT = E[Y[b]|X=b] - E[Y[a]|X=b]; ATU
// the same given X=a; CDE = E[Y|do(b, m)] - E[Y|do(a, m)]; PN = P(Y[a]=0 | X=b, Y=1); PS = P(Y[b]=1
// | X=a, Y=0); PNS = P(Y[b]=1, Y[a]=0); NDE = E[Y[b, M[a]]] - E[Y[a]]; NIE = E[Y[a, M[b]]] -
// E[Y[a]], where E[Y[b, M[a]]] = sum over m of E[Y[b, m] 1{M[a]=m}] (Pearl 2001, 2009).
[[nodiscard]] Result<CheckedQuery> check_query(const Query& query, const Model& model,
                                               const Limits& limits = {});

// Does some term use do(), a counterfactual or an effect?
[[nodiscard]] bool is_causal(const CheckedQuery& query);

}  // namespace causal_gym

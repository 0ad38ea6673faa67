// Counterfactual events as values: Y[X=x, M[X=x']] = y, "Y would be y, had X been x and M what it
// would have been under X=x'".
//
// Values are symbols. An estimand may need several for one variable (x and x'), so symbols are
// expression variables: those below the node count are the nodes themselves, named alike, and
// further ones are added with primes. Two symbols of one variable stand for different values.
// Source: Correa, Lee & Bareinboim 2021, NeurIPS (nested counterfactuals and how they are
// unnested). Cost: linear.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/base/limits.h"
#include "engine/expression/expression.h"
#include "engine/graph/graph.h"

namespace causal_gym {

// Which variable each symbol is a value of, and how it is written.
class ValueSymbols {
 public:
  explicit ValueSymbols(const Graph& graph);

  // A further symbol of the node: its name with as many primes as no name has yet.
  [[nodiscard]] ExpressionVariable add(NodeId base);
  [[nodiscard]] NodeId base(ExpressionVariable symbol) const {
    return bases_[static_cast<std::size_t>(symbol)];
  }
  [[nodiscard]] std::size_t size() const { return bases_.size(); }
  // By symbol: for expression_text, and for aliases_in and with_aliases before evaluation.
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] const std::vector<NodeId>& bases() const { return bases_; }

 private:
  std::vector<NodeId> bases_;
  std::vector<std::string> names_;
};

struct CounterfactualTerm;

// X = x, or X = the value of another counterfactual of X.
struct CounterfactualSetting {
  NodeId variable = 0;
  ExpressionVariable value = -1;                     // a symbol, unless there is a
  std::shared_ptr<const CounterfactualTerm> nested;  // counterfactual
};

struct CounterfactualTerm {  // Y[subscript]; an empty subscript is the actual world
  NodeId variable = 0;
  std::vector<CounterfactualSetting> subscript;
};

struct CounterfactualEvent {
  CounterfactualTerm term;
  ExpressionVariable value = 0;  // a symbol
};

// P(events | conditions)
struct CounterfactualQuestion {
  std::vector<CounterfactualEvent> events;
  std::vector<CounterfactualEvent> conditions;
};

// Do the terms speak of observed nodes, each set once in a subscript, to a symbol or counterfactual
// of its own? Errors: invalid_argument that names the culprit; limit_exceeded (subscripts nested
// deeper than limits.query_depth).
[[nodiscard]] Status check_term(const Graph& graph, const ValueSymbols& symbols,
                                const CounterfactualTerm& term, const Limits& limits = {});
[[nodiscard]] Status check_event(const Graph& graph, const ValueSymbols& symbols,
                                 const CounterfactualEvent& event, const Limits& limits = {});

// "Y[X=x, M[X=x']]", and "Y[X=x]=y" for an event.
[[nodiscard]] std::string counterfactual_text(const Graph& graph, const ValueSymbols& symbols,
                                              const CounterfactualTerm& term);
[[nodiscard]] std::string counterfactual_text(const Graph& graph, const ValueSymbols& symbols,
                                              const CounterfactualEvent& event);

}  // namespace causal_gym

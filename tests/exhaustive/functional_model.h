// Models of one graph as distributions over response functions: the truth about counterfactuals.
//
// Each bidirected edge is a latent variable of one state more than any node has (with as many as
// the nodes more could be told apart than by the graph alone); each node draws a response function
// (its state for every joint state of its parents) from a distribution that depends on its latent
// variables. Written without the engine's models, networks and evaluators, so that it is a second
// road to each number. Source: Balke & Pearl 1994 (response functions). Everything is by
// enumeration of the latent states and response functions of all nodes.
#pragma once

#include <map>
#include <vector>

#include "engine/base/rng.h"
#include "engine/identify/counterfactual_event.h"

namespace causal_gym {

// The state that each symbol stands for.
using SymbolStates = std::map<ExpressionVariable, std::int32_t>;

class FunctionalModel {
 public:
  // `states[v]` states of node v; at most `functions` response functions a node: all of them where
  // there are no more, otherwise the constant ones and random ones.
  FunctionalModel(const Graph& graph, std::vector<std::int32_t> states, std::size_t functions,
                  Rng& rng);

  // P(all events), and its derivative by every parameter of the model.
  struct Value {
    double probability = 0;
    std::vector<double> gradient;
  };
  [[nodiscard]] Value value(const std::vector<CounterfactualEvent>& events,
                            const SymbolStates& states) const;

  // The value of an expression, terms with do() included. `base[s]` is the node of symbol s.
  [[nodiscard]] double value(const ExpressionPtr& expression, const std::vector<NodeId>& base,
                             SymbolStates states);

  // Does the gradient lie in the space spanned by those of what is available (and of the sums that
  // are one whatever the parameters)? If it does not, models near this one agree on all that is
  // available and differ in the value.
  [[nodiscard]] bool determined(const std::vector<double>& gradient, bool experimental);

  // P(all nodes | do(those of `set` that are not -1)), node 0 slowest.
  [[nodiscard]] const std::vector<double>& joint(const std::vector<std::int32_t>& set);

 private:
  struct World {  // one state of all latent variables and one response function of each node
    double weight = 0;
    std::vector<std::size_t> parameters;  // whose product the weight is
    std::vector<std::size_t> functions;   // by node
  };
  using Function = std::vector<std::int32_t>;  // by joint state of the parents, first slowest

  void draw_functions(std::size_t limit, Rng& rng);
  void draw_parameters(Rng& rng);
  void enumerate_worlds();
  [[nodiscard]] std::int32_t state(const World& world, const CounterfactualTerm& term,
                                   const SymbolStates& states) const;
  [[nodiscard]] std::vector<std::int32_t> outcome(const World& world,
                                                  const std::vector<std::int32_t>& set) const;
  [[nodiscard]] std::size_t cell(const std::vector<std::int32_t>& outcome) const;
  double term_value(const ProbabilityTerm& term, const std::vector<NodeId>& base,
                    const SymbolStates& states);
  double marginal(const std::vector<std::int32_t>& set, const std::vector<std::int32_t>& seen);
  void span_with(std::vector<double> row, std::vector<std::vector<double>>& basis) const;
  void span_with_data(const std::vector<std::int32_t>& set,
                      std::vector<std::vector<double>>& basis) const;

  Graph graph_;
  std::vector<std::int32_t> states_;
  std::size_t latent_states_ = 0;
  std::vector<std::vector<std::size_t>> latents_of_;
  std::vector<std::vector<Function>> functions_;
  std::vector<std::vector<std::size_t>> normalised_;  // parameters that sum to one
  std::vector<std::size_t> offset_;  // first parameter of each node, then of each latent
  std::vector<double> parameters_;
  std::vector<World> worlds_;
  std::map<std::vector<std::int32_t>, std::vector<double>> joints_;
  std::vector<std::vector<double>> basis_[2];  // observational, experimental
};

}  // namespace causal_gym

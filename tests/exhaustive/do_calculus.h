// All that do-calculus derives from given terms in a small graph: the second road to "yes" and to
// "no".
//
// A term P^population(A | do(B), C) is a role for each node. Known terms are closed under the three
// rules, for sets of nodes at once, under selection nodes that are separated from A, and under the
// laws of probability that make one term from one or two. Everything is tried; nothing is guided.
// What is known of a selected sample is known for one state of each selected node: such terms are
// closed apart, without sums over these nodes, and count where they speak of none of them.
// Source: Pearl 1995 (the rules); Tikka, Hyttinen & Karvanen 2021 (the search). For up to 4 nodes.
#pragma once

#include <span>
#include <vector>

#include "engine/identify/available.h"
#include "engine/identify/identify.h"

namespace causal_gym {

class DoCalculus {
 public:
  explicit DoCalculus(const Graph& graph);

  // For each term of the target population, whether it is derived for all states; see `code`.
  [[nodiscard]] std::vector<bool> derived(std::span<const AvailableDistribution> available) const;
  // The place of P(outcome | do(treatment), given) among them.
  [[nodiscard]] std::size_t code(const EffectTarget& term) const;

 private:
  [[nodiscard]] EffectTarget term(std::size_t code) const;
  // Terms of other populations that equal those of the target, when it differs at these nodes.
  [[nodiscard]] std::vector<bool> shared(const NodeSet& differs) const;
  using Terms = std::vector<bool>;
  struct Known {  // of one population
    Terms in_all_states;
    Terms in_one_state;  // of the selected nodes
    Terms same;          // terms that have the same value in the target population
  };
  bool close(Terms& known, const NodeSet& selected) const;
  bool apply_rules(Terms& known) const;
  bool apply_probability(Terms& known, const NodeSet& selected) const;
  bool join_states(Known& known, const NodeSet& selected) const;
  bool exchange(Terms& a, Terms& b, const Terms& same) const;
  [[nodiscard]] std::vector<Known> given_terms(
      std::span<const AvailableDistribution> available) const;

  Graph graph_;
  std::size_t count_ = 1;                                   // of terms
  std::vector<std::pair<std::size_t, std::size_t>> equal_;  // terms that a rule makes equal
};

}  // namespace causal_gym

// A derivation in the making: the expression as it stands, and the ways to rewrite it.
//
// Each law is applied to one term; whoever asks has the parts of the result by the same sets. Cost
// of a step: the parts of the whole expression.
#pragma once

#include "engine/identify/do_calculus.h"

namespace causal_gym {

class Proof {
 public:
  // `rows` must outlive the proof and its copies.
  Proof(const AdmgRows& rows, const CausalTerm& goal, std::size_t most_symbols);

  // Rewrites `from` wherever it stands; nothing happens where it stands nowhere, or equals `to`.
  void rewrite(DerivationStepKind kind, const ExpressionPtr& from, const ExpressionPtr& to,
               std::optional<SeparationStatement> separation = std::nullopt);

  // Did the steps together come to more symbols than may be? Nothing is rewritten from then on.
  [[nodiscard]] bool too_long() const { return symbols_ > most_symbols_; }

  // From one term to another of the same `of` by the rules; false, and nothing done, when no chain
  // of them is found.
  [[nodiscard]] bool turn(const CausalTerm& from, const CausalTerm& to);
  // The same with a few tries only: sets are moved as a whole.
  [[nodiscard]] bool turn_at_once(const CausalTerm& from, const CausalTerm& to);

  // P(a | c) = sum_b P(a, b | c); nothing happens when b is empty.
  void sum_over_joint(const CausalTerm& term, const NodeSet& b);
  // P(a | c) = sum_b P(a | b, c) P(b | c), in this order of factors or with the second one first.
  enum class Order { effect_first, weight_first };
  void sum_over_conditions(const CausalTerm& term, const NodeSet& b, Order order);
  // P(a | c) = sum_b P(a | c) w, with w = P(b | ..), which sums to one; algebra.
  void average(const CausalTerm& term, const CausalTerm& weight);
  // P(v1, v2, .. | c) = P(v1 | c) P(v2 | v1, c) ..., in the order of the graph.
  void chain(const CausalTerm& term);
  // P(a | b, c) = P(a, b | c) / P(b | c); nothing happens when b is empty.
  void divide(const CausalTerm& term, const NodeSet& b);
  // One step of algebra to `to`, unless it is there already.
  void finish(const ExpressionPtr& to);

  // Terms that should stay as they are for now: has one of them been rewritten since?
  void watch(std::vector<ExpressionPtr> terms);
  [[nodiscard]] bool touched() const { return touched_; }

  [[nodiscard]] Derivation take() { return std::move(derivation_); }

 private:
  void follow(const CausalTerm& from, const std::vector<RuleUse>& uses);

  const AdmgRows* rows_;
  std::uint64_t most_symbols_;
  std::uint64_t symbols_ = 0;
  ExpressionPtr whole_;
  std::vector<ExpressionPtr> watched_;
  bool touched_ = false;
  Derivation derivation_;
};

}  // namespace causal_gym

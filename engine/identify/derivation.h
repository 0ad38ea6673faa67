// Derivations: P(y | do(x), z) rewritten, step by step, into an expression without do().
//
// The proof is a chain of whole expressions. Each step names a part (`from`), what stands for it
// afterwards (`to`), and why both are equal: one of the three rules of do-calculus, with the
// separation it rests on, or a law of probability. `from` = `to` holds for every state of the
// variables that are free in it, so a step rewrites every place where `from` stands, within sums
// and outside of them. Source: Pearl 1995, Biometrika 82 (rules); Pearl 2009, section 3.4.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "engine/expression/expression.h"
#include "engine/graph/graph.h"

namespace causal_gym {

enum class DerivationStepKind {
  rule_1,                   // an observation inserted or deleted
  rule_2,                   // an action exchanged for an observation, or back
  rule_3,                   // an action inserted or deleted
  total_probability,        // P(a | c) = sum_b P(a | b, c) P(b | c), or sum_b P(a, b | c)
  chain_rule,               // P(a, b | c) = P(a | b, c) P(b | c), for any number of factors
  conditional_probability,  // P(a | b, c) = P(a, b | c) / P(b | c)
  algebra,                  // true of every table: cancelling, summing to one, reordering
};

// "rule_1", "total_probability", ...
[[nodiscard]] std::string_view derivation_step_name(DerivationStepKind kind);
// The kind of this name, or nullopt.
[[nodiscard]] std::optional<DerivationStepKind> derivation_step_kind(std::string_view name);
// In the order of the enumeration.
inline constexpr DerivationStepKind all_derivation_step_kinds[] = {
    DerivationStepKind::rule_1,     DerivationStepKind::rule_2,
    DerivationStepKind::rule_3,     DerivationStepKind::total_probability,
    DerivationStepKind::chain_rule, DerivationStepKind::conditional_probability,
    DerivationStepKind::algebra,
};

// `left` and `right` are m-separated given `given` in the graph without edges into `no_incoming`
// (bidirected ones included) and without directed edges out of `no_outgoing`.
struct SeparationStatement {
  NodeSet left;
  NodeSet right;
  NodeSet given;
  NodeSet no_incoming;
  NodeSet no_outgoing;
  friend bool operator==(const SeparationStatement&, const SeparationStatement&) = default;
};

// For P(y | do(x), w) the rules need y and z separated given x and w in the graph without edges
//   rule 1 (z seen):          into x;
//   rule 2 (z seen or done):  into x, and out of z;
//   rule 3 (z done):          into x, and into those z that are no ancestors of w once no edge
//                             enters x.
struct DerivationStep {
  DerivationStepKind kind = DerivationStepKind::algebra;
  ExpressionPtr from;
  ExpressionPtr to;
  ExpressionPtr whole;                            // all of the expression after the step
  std::optional<SeparationStatement> separation;  // of rules
};

struct Derivation {
  ExpressionPtr goal;
  std::vector<DerivationStep> steps;
};

}  // namespace causal_gym

// The three rules of do-calculus on one term, and the shortest chain of them between two terms.
//
// Source: Pearl 1995, Biometrika 82; Pearl 2009, theorem 3.4.1. Cost: one separation for each try.
#pragma once

#include <optional>
#include <vector>

#include "engine/graph/admg_rows.h"
#include "engine/identify/derivation.h"

namespace causal_gym {

// P(of | given, do(done)); disjoint observed nodes.
struct CausalTerm {
  NodeSet of;
  NodeSet given;
  NodeSet done;
  friend bool operator==(const CausalTerm&, const CausalTerm&) = default;
};

[[nodiscard]] ExpressionPtr expression_of(const CausalTerm& term);

struct RuleUse {
  DerivationStepKind rule = DerivationStepKind::rule_1;
  CausalTerm result;
  SeparationStatement separation;
};

// What became of a node that is not `of`.
enum class NodeRole { absent, seen, done };

// The term after `moved` (all of which have one role now) take the role `after`, if a rule says
// that the value stays the same.
[[nodiscard]] std::optional<RuleUse> apply_rule(const AdmgRows& rows, const CausalTerm& term,
                                                const NodeSet& moved, NodeRole after);

// Terms looked at when moving sets as a whole does not do, and nodes are moved one by one.
inline constexpr std::size_t rule_search_terms = 2'000;

// The fewest uses of rules that lead from one term to another of the same `of`: first moving all
// nodes with the same change of role at once, then, if this does not do, also single nodes, in
// detours if need be. Nullopt when none is found; empty when the terms are equal.
[[nodiscard]] std::optional<std::vector<RuleUse>> rules_between(const AdmgRows& rows,
                                                                const CausalTerm& from,
                                                                const CausalTerm& to);

// The same, but only whole sets are moved: at most 64 terms are looked at.
[[nodiscard]] std::optional<std::vector<RuleUse>> rules_between_at_once(const AdmgRows& rows,
                                                                        const CausalTerm& from,
                                                                        const CausalTerm& to);

}  // namespace causal_gym

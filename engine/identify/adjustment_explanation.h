// Why is this an adjustment set, or why not: each objection with its witness, each member with the
// path that opens without it.
//
// Source: the conditions of adjustment.h, taken apart. Cost: O(k (n + m)) for a set of k nodes.
#pragma once

#include <variant>

#include "engine/identify/adjustment.h"

namespace causal_gym {

// A member that no adjustment set may hold.
struct ForbiddenMember {
  NodeId member = 0;
  Path causal_path;  // from x to y: a proper causal path, or the edge of a direct effect
  Path descent;      // directed, from a node of that path outside x to the member; the member alone
                     // when it lies on the path
};

// A collider of a path, and the member (or selected node) at or below it that opens it there.
struct Opening {
  NodeId collider = 0;
  NodeId member = 0;
  friend bool operator==(const Opening&, const Opening&) = default;
};

// A path that must be blocked and is not.
struct UnblockedPath {
  Path path;
  std::vector<Opening> opened_by;  // of each collider; empty: the path is open by itself
};

// A path that joins y to the selection although nothing but x may explain it.
struct SelectedOutcome {
  Path path;
};

using AdjustmentObjection = std::variant<ForbiddenMember, UnblockedPath, SelectedOutcome>;

struct MemberRole {
  NodeId member = 0;
  std::optional<UnblockedPath> open_without;  // nullopt: the set stays valid without this member
};

struct AdjustmentExplanation {
  bool valid = false;
  std::vector<AdjustmentObjection> objections;  // forbidden members first; empty when valid
  std::vector<MemberRole> roles;                // of each member, when valid
  std::optional<NodeSet> smaller;  // a minimal valid part of the set, when valid and not minimal
};

// Explains a set; to ask "why not w as well", explain the set together with w. Errors:
// invalid_argument as in adjustment.h.
[[nodiscard]] Result<AdjustmentExplanation> explain_adjustment(const Graph& graph, const NodeSet& x,
                                                               const NodeSet& y, const NodeSet& set,
                                                               const AdjustmentScope& scope = {});

// One sentence for each objection, or for each role and the smaller set.
[[nodiscard]] std::vector<std::string> explanation_text(const Graph& graph,
                                                        const AdjustmentExplanation& explanation);

}  // namespace causal_gym

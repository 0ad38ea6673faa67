// Nearest and minimal sets z that m-separate x from y with must <= z <= must + may, in linear time.
//
// Source: van der Zander & Liskiewicz 2020, UAI, "Finding minimal d-separators in linear time and
// applications". Every minimal set lies among the ancestors of x, y and must, and there a search
// over open walks with all colliders open is a search in the moral graph, which is never built.
// Cost of each function: O(n + m).
//
// Errors, of each: invalid_argument when x and y overlap, or `must` overlaps one of them. Nodes of
// x and y in `may` count for nothing.
#pragma once

#include <optional>

#include "engine/graph/graph.h"

namespace causal_gym {

// The separator nearest to x: among the ancestors of x, y and must, the members of may and must
// that an open walk from x meets first. No other separator in these bounds leaves less connected to
// x. It need not be minimal. Nullopt when no set within the bounds separates.
[[nodiscard]] Result<std::optional<NodeSet>> nearest_separator(const Graph& graph, const NodeSet& x,
                                                               const NodeSet& y,
                                                               const NodeSet& must,
                                                               const NodeSet& may);

// A separator of which no proper subset that holds `must` separates: what of the nearest separator
// is also met first from y. Nullopt when no set within the bounds separates.
[[nodiscard]] Result<std::optional<NodeSet>> minimal_separator(const Graph& graph, const NodeSet& x,
                                                               const NodeSet& y,
                                                               const NodeSet& must,
                                                               const NodeSet& may);

// Does z hold `must`, separate x and y, and does no proper subset of it do the same? Errors: also
// invalid_argument when z overlaps x or y.
[[nodiscard]] Result<bool> is_minimal_separator(const Graph& graph, const NodeSet& x,
                                                const NodeSet& y, const NodeSet& z,
                                                const NodeSet& must);

}  // namespace causal_gym

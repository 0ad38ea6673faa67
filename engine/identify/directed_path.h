// Directed paths as witnesses: how one set of nodes leads to another.
#pragma once

#include <optional>

#include "engine/graph/separation.h"

namespace causal_gym {

// A shortest directed path from a node of `from` to one of `to` that enters no node of `avoiding`
// (it may begin in one), or nullopt when there is none. One node alone when the sets overlap.
// O(n + m).
[[nodiscard]] std::optional<Path> shortest_directed_path(const Graph& graph, const NodeSet& from,
                                                         const NodeSet& to,
                                                         const NodeSet& avoiding = {});

// The first path and then the second, which begins where the first ends.
[[nodiscard]] Path joined_paths(Path first, const Path& second);

}  // namespace causal_gym

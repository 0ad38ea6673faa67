// Sets that follow from the edges: ancestors, descendants, districts. Each in O(n + m).
#pragma once

#include <cstdint>
#include <vector>

#include "engine/graph/graph.h"

namespace causal_gym {

// Ancestors (descendants) of the set along directed edges, the set itself included.
[[nodiscard]] NodeSet ancestors(const Graph& graph, const NodeSet& of);
[[nodiscard]] NodeSet descendants(const Graph& graph, const NodeSet& of);
// Parents (children) of the set, without the set itself.
[[nodiscard]] NodeSet parents(const Graph& graph, const NodeSet& of);
[[nodiscard]] NodeSet children(const Graph& graph, const NodeSet& of);

// Maximal sets of nodes joined by bidirected edges (c-components), in order of their smallest node.
[[nodiscard]] std::vector<NodeSet> districts(const Graph& graph);
// The same within the subgraph induced by `within`.
[[nodiscard]] std::vector<NodeSet> districts(const Graph& graph, const NodeSet& within);
// For each node the number of its district in that list, or -1 outside `within`: in O(n + m) memory
// too, where the sets themselves can take O(n^2 / 64).
[[nodiscard]] std::vector<std::int32_t> district_numbers(const Graph& graph, const NodeSet& within);

}  // namespace causal_gym

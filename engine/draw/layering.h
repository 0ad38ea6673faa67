// Where the nodes of a drawing stand: in which column, and in which order within it.
//
// Source: Sugiyama, Tagawa & Toda 1981 (layers, barycentres); Barth, Mutzel & Juenger 2004
// (counting crossings). Edges over several columns are carried by one bend per column between, so
// that each has a lane of its own. Deterministic. Cost: O(rounds (n + bends + crossing work)).
#pragma once

#include <vector>

#include "engine/graph/graph.h"

namespace causal_gym {

struct LayerItem {
  NodeId node = -1;  // -1: a bend of an edge
  std::size_t column = 0;
  std::vector<std::size_t> left;   // neighbours in the column before
  std::vector<std::size_t> right;  // and in the column after
};

struct Layering {
  std::vector<LayerItem> items;                    // the nodes by id, then the bends
  std::vector<std::vector<std::size_t>> columns;   // items from top to bottom
  std::vector<std::vector<std::size_t>> directed;  // items along each edge, from left to right
  // The same; the two ends alone when both stand in one column.
  std::vector<std::vector<std::size_t>> bidirected;
};

// The number of bends that the layering of this graph needs; cheap, to refuse a graph beforehand.
[[nodiscard]] std::size_t bend_count(const Graph& graph);

// Causes stand left of their effects, and roots as near to their first effect as they can; nodes
// without directed edges stand where there is room. Every column up to the last holds an item.
[[nodiscard]] Layering layer_graph(const Graph& graph);

// Pairs of edges that cross between neighbouring columns. O(e log e).
[[nodiscard]] std::size_t crossing_count(const Layering& layering);

}  // namespace causal_gym

// What a picture shows beside the graph itself: surgery, what is given, what is pointed at.
// Every format of picture (draw.h) honours all of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/graph/separation.h"

namespace causal_gym {

struct DrawOptions {
  NodeSet highlighted;                  // in the highlight colour, unless exposure or outcome
  NodeSet intervened;                   // under do(): bidirected edges at these are drawn as cut
  NodeSet conditioned;                  // given or adjusted for, as nodes marked `adjusted`
  NodeSet selection;                    // selection nodes, as nodes marked `selected`
  std::vector<Edge> cut;                // directed edges drawn as cut
  std::vector<Edge> highlighted_edges;  // directed edges in the highlight colour
  std::vector<Edge> highlighted_bidirected;  // bidirected ones, their ends in either order
  std::vector<std::string> labels;  // shown instead of the names, by node; empty: the names
  std::string title = "Causal graph";
  std::optional<bool> dark;  // a fixed ink for a dark (light) background; none: the page's
};

// Larger graphs are not laid out.
inline constexpr std::size_t max_drawn_nodes = 300;
inline constexpr std::size_t max_drawn_bends = 10'000;  // edges times the columns they pass

// The options with do(set) in force as well: its nodes intervened, every edge into them cut. O(m).
[[nodiscard]] DrawOptions with_intervention(const Graph& graph, const NodeSet& set,
                                            DrawOptions options = {});
// The options with this path in the highlight colour as well: its edges and its inner nodes.
[[nodiscard]] DrawOptions with_path(const Path& path, DrawOptions options = {});

// Ok when every node and edge of the options is the graph's and there are no more labels than
// nodes; otherwise invalid_argument, which names the culprit. O(n + m).
[[nodiscard]] Status check_draw_options(const Graph& graph, const DrawOptions& options);

}  // namespace causal_gym

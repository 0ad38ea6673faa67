// A picture before it is written down: labels and their boxes, marks, routes, and where the word
// "cut" stands beside a cut edge. SVG and TikZ write the same one.
//
// A note never covers a node: of the places along its edge that lie clear of every node, the one
// that meets the fewest other edges and notes is taken. Deterministic.
// Cost: that of lay_out, and O(places + what lies near them) for each cut edge.
#pragma once

#include <string>
#include <vector>

#include "engine/draw/layout.h"
#include "engine/draw/marks.h"

namespace causal_gym {

inline constexpr double note_width = 26;
inline constexpr double note_height = 14;

struct Picture {
  std::vector<std::string> labels;  // by id; long ones are cut short
  Marks marks;
  Layout layout;
  std::vector<Point> directed_notes;  // centres, of the cut ones among the edges in their order
  std::vector<Point> bidirected_notes;
};

// Ok when the graph is small enough to be laid out; otherwise limit_exceeded. O(n + m).
[[nodiscard]] Status check_drawable(const Graph& graph);

[[nodiscard]] Picture compose_picture(const Graph& graph, const DrawOptions& options);

}  // namespace causal_gym

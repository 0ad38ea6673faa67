// Places and routes of a drawing of a graph, in pixels: causes on the left, effects on the right.
//
// Columns and order come from layering.h; heights within a column minimise the squared distance to
// the neighbours in order (isotonic regression by pooling, Ayer et al. 1955). Routes bend only in
// the gaps between columns, and cross a column in a lane of their own, so that no edge ever passes
// through a node. Deterministic.
#pragma once

#include <span>
#include <vector>

#include "engine/graph/graph.h"

namespace causal_gym {

struct Point {
  double x = 0;
  double y = 0;
  friend bool operator==(const Point&, const Point&) = default;
};

struct Box {
  Point center;
  double width = 0;
  double height = 0;
};

// A cubic Bezier curve.
struct Curve {
  Point from;
  Point near_from;
  Point near_to;
  Point to;
};

// The point at t in [0, 1].
[[nodiscard]] Point point_on(const Curve& curve, double t);

using Route = std::vector<Curve>;  // each curve goes on where the one before ends

struct Layout {
  double width = 0;
  double height = 0;
  std::vector<Box> nodes;         // by id
  std::vector<Route> directed;    // from cause to effect, as Graph::directed_edges
  std::vector<Route> bidirected;  // from either end to the other, as Graph::bidirected_edges
};

// `sizes` holds width and height of each node's box. Latent nodes are ellipses in their box, and
// routes end on them. Cost: that of layer_graph.
[[nodiscard]] Layout lay_out(const Graph& graph, std::span<const Box> sizes);

}  // namespace causal_gym

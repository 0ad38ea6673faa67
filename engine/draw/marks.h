// How each node and edge of a picture is marked: the graph's own attributes and the options
// resolved once, for every format of picture alike.
#pragma once

#include <string_view>
#include <vector>

#include "engine/draw/options.h"

namespace causal_gym {

enum class Accent { none, exposure, outcome, highlight };

// The accents and the colour of cut edges read on light and dark backgrounds.
[[nodiscard]] std::string_view accent_colour(Accent accent);  // "#2878d8"; empty for none
inline constexpr std::string_view cut_colour = "#d6455d";

struct NodeMarks {
  Accent accent = Accent::none;
  bool latent = false;
  bool conditioned = false;
  bool selected = false;
  bool intervened = false;
};

struct EdgeMarks {
  bool cut = false;
  bool highlighted = false;
};

struct Marks {
  std::vector<NodeMarks> nodes;       // by id
  std::vector<EdgeMarks> directed;    // as Graph::directed_edges
  std::vector<EdgeMarks> bidirected;  // as Graph::bidirected_edges
};

// What the options say of nodes and edges that the graph does not have is passed over.
// O(n + m log m).
[[nodiscard]] Marks marks_of(const Graph& graph, const DrawOptions& options);

// The label of a node: the option's, or its name.
[[nodiscard]] std::string_view label_of(const Graph& graph, const DrawOptions& options,
                                        std::size_t node);

}  // namespace causal_gym

#include "engine/draw/marks.h"

#include <algorithm>

namespace causal_gym {
namespace {

using Ends = std::pair<NodeId, NodeId>;

std::vector<Ends> sorted_ends(const std::vector<Edge>& edges, bool ordered) {
  std::vector<Ends> ends;
  ends.reserve(edges.size());
  for (const auto& [from, to] : edges)
    ends.push_back(ordered ? Ends(from, to) : Ends(std::min(from, to), std::max(from, to)));
  std::sort(ends.begin(), ends.end());
  return ends;
}

bool holds(const std::vector<Ends>& sorted, const Edge& edge) {
  return std::binary_search(sorted.begin(), sorted.end(), Ends(edge.from, edge.to));
}

}  // namespace

std::string_view accent_colour(Accent accent) {
  switch (accent) {
    case Accent::exposure: return "#2878d8";
    case Accent::outcome: return "#c4601c";
    case Accent::highlight: return "#8a63d2";
    default: return "";
  }
}

Marks marks_of(const Graph& graph, const DrawOptions& options) {
  Marks marks;
  marks.nodes.reserve(graph.node_count());
  for (std::size_t i = 0; i < graph.node_count(); ++i) {
    const auto& node = graph.nodes()[i];
    const auto v = static_cast<NodeId>(i);
    NodeMarks mark;
    mark.accent = node.exposure                     ? Accent::exposure
                  : node.outcome                    ? Accent::outcome
                  : options.highlighted.contains(v) ? Accent::highlight
                                                    : Accent::none;
    mark.latent = node.latent;
    mark.conditioned = node.adjusted || options.conditioned.contains(v);
    mark.selected = node.selected || options.selection.contains(v);
    mark.intervened = options.intervened.contains(v);
    marks.nodes.push_back(mark);
  }
  const auto cut = sorted_ends(options.cut, true);
  const auto highlighted = sorted_ends(options.highlighted_edges, true);
  for (const auto& edge : graph.directed_edges())
    marks.directed.push_back({holds(cut, edge), holds(highlighted, edge)});
  const auto highlighted_arcs = sorted_ends(options.highlighted_bidirected, false);
  for (const auto& edge : graph.bidirected_edges())
    marks.bidirected.push_back(
        {options.intervened.contains(edge.from) || options.intervened.contains(edge.to),
         holds(highlighted_arcs, edge)});
  return marks;
}

std::string_view label_of(const Graph& graph, const DrawOptions& options, std::size_t node) {
  const bool named = node >= options.labels.size() || options.labels[node].empty();
  return named ? graph.nodes()[node].name : options.labels[node];
}

}  // namespace causal_gym

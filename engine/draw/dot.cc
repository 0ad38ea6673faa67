#include "engine/draw/dot.h"

#include "engine/draw/marks.h"
#include "engine/graph/text.h"

namespace causal_gym {
namespace {

// In a label `\n`, `\N` and their kin are escapes: a backslash of the text is doubled.
std::string dot_string(std::string_view label) {
  std::string text = "\"";
  for (const char c : label) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + "\"";
}

void append(std::string& attributes, const std::string& attribute) {
  if (!attributes.empty()) attributes += ", ";
  attributes += attribute;
}

std::string in_quotes(std::string_view colour) { return "\"" + std::string(colour) + "\""; }

std::string node_attributes(const NodeMarks& marks, std::string_view label, bool relabelled) {
  std::string text;
  // Names are labels too, and Graphviz resolves escapes in them.
  if (relabelled || label.find('\\') != std::string_view::npos)
    append(text, "label=" + dot_string(label));
  if (!marks.latent) append(text, marks.conditioned ? "shape=box" : "shape=box, style=rounded");
  if (marks.conditioned) {
    append(text, marks.latent ? "style=\"filled,dashed\"" : "style=filled");
    append(text, "fillcolor=\"#bbbbbb\"");
  }
  if (marks.accent != Accent::none) append(text, "color=" + in_quotes(accent_colour(marks.accent)));
  if (marks.selected) {
    append(text, "penwidth=4");
  } else if (marks.accent != Accent::none) {
    append(text, "penwidth=2");
  }
  if (marks.intervened) append(text, "peripheries=2");
  return text;
}

std::string edge_attributes(EdgeMarks marks) {
  std::string text;
  if (marks.cut) {
    append(text, "style=dashed, label=cut");
    append(text, "color=" + in_quotes(cut_colour) + ", fontcolor=" + in_quotes(cut_colour));
  } else if (marks.highlighted) {
    append(text, "color=" + in_quotes(accent_colour(Accent::highlight)));
  }
  if (marks.highlighted) append(text, "penwidth=3");
  return text;
}

}  // namespace

std::string draw_dot(const Graph& graph, const DrawOptions& options) {
  const auto marks = marks_of(graph, options);
  DotAttributes attributes;
  attributes.graph = "rankdir=LR";
  for (std::size_t i = 0; i < graph.node_count(); ++i) {
    const auto label = label_of(graph, options, i);
    attributes.nodes.push_back(
        node_attributes(marks.nodes[i], label, label != graph.nodes()[i].name));
  }
  for (const auto mark : marks.directed) attributes.directed.push_back(edge_attributes(mark));
  for (const auto mark : marks.bidirected) attributes.bidirected.push_back(edge_attributes(mark));
  return write_dot(graph, attributes);
}

}  // namespace causal_gym

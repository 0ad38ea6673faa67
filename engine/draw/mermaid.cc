#include "engine/draw/mermaid.h"

#include "engine/draw/marks.h"

namespace causal_gym {
namespace {

// Mermaid wants identifiers: n0, n1, ...
std::string identifier(std::size_t node) { return "n" + std::to_string(node); }

std::string mermaid_text(std::string_view label) {
  std::string text;
  for (const char c : label) {
    switch (c) {
      case '"': text += "#quot;"; break;
      case '#': text += "#35;"; break;
      case '&': text += "#amp;"; break;
      case '<': text += "#lt;"; break;
      case '>': text += "#gt;"; break;
      case '`': text += "#96;"; break;
      case '\\': text += "#92;"; break;
      default: text += c;
    }
  }
  return text;
}

// A shape is its brackets: circle, box with double sides, plain box.
std::string node_line(std::size_t node, std::string_view label, const NodeMarks& marks) {
  const auto text = "\"" + mermaid_text(label) + "\"";
  const auto shape = marks.latent       ? "((" + text + "))"
                     : marks.intervened ? "[[" + text + "]]"
                                        : "[" + text + "]";
  return "  " + identifier(node) + shape + "\n";
}

struct Class {
  std::string_view name;
  std::string style;
  bool (*has)(const NodeMarks&);
};

std::string accent_style(Accent accent) {
  return "stroke:" + std::string(accent_colour(accent)) + ",stroke-width:2px";
}

// The classes that some node has, each with its style and its nodes.
std::string class_lines(const std::vector<NodeMarks>& nodes) {
  const Class classes[] = {
      {"exposure", accent_style(Accent::exposure),
       [](const NodeMarks& marks) { return marks.accent == Accent::exposure; }},
      {"outcome", accent_style(Accent::outcome),
       [](const NodeMarks& marks) { return marks.accent == Accent::outcome; }},
      {"highlight", accent_style(Accent::highlight),
       [](const NodeMarks& marks) { return marks.accent == Accent::highlight; }},
      {"latent", "stroke-dasharray: 4 3", [](const NodeMarks& marks) { return marks.latent; }},
      {"conditioned", "fill:#bbbbbb,color:#111111",
       [](const NodeMarks& marks) { return marks.conditioned; }},
      {"selected", "stroke-width:4px", [](const NodeMarks& marks) { return marks.selected; }},
  };
  std::string text;
  for (const auto& [name, style, has] : classes) {
    std::string members;
    for (std::size_t i = 0; i < nodes.size(); ++i)
      if (has(nodes[i])) members += (members.empty() ? "" : ",") + identifier(i);
    if (members.empty()) continue;
    text += "  classDef " + std::string(name) + " " + style + "\n";
    text += "  class " + members + " " + std::string(name) + "\n";
  }
  return text;
}

std::string_view arrow(EdgeMarks marks, bool bidirected) {
  if (marks.cut) return bidirected ? " <-. cut .-> " : " -. cut .-> ";
  return bidirected ? " <-.-> " : " --> ";
}

}  // namespace

std::string draw_mermaid(const Graph& graph, const DrawOptions& options) {
  const auto marks = marks_of(graph, options);
  std::string text = "flowchart LR\n";
  for (std::size_t i = 0; i < graph.node_count(); ++i)
    text += node_line(i, label_of(graph, options, i), marks.nodes[i]);
  std::string styles;
  std::size_t line = 0;  // Mermaid numbers edges in the order of their lines
  const auto add = [&](const Edge& edge, EdgeMarks mark, bool bidirected) {
    text += "  " + identifier(static_cast<std::size_t>(edge.from)) +
            std::string(arrow(mark, bidirected)) + identifier(static_cast<std::size_t>(edge.to)) +
            "\n";
    const auto colour = mark.cut ? cut_colour : accent_colour(Accent::highlight);
    if (mark.cut || mark.highlighted)
      styles += "  linkStyle " + std::to_string(line) + " stroke:" + std::string(colour) +
                (mark.highlighted ? ",stroke-width:3px" : "") + "\n";
    ++line;
  };
  for (std::size_t i = 0; i < graph.directed_edges().size(); ++i)
    add(graph.directed_edges()[i], marks.directed[i], false);
  for (std::size_t i = 0; i < graph.bidirected_edges().size(); ++i)
    add(graph.bidirected_edges()[i], marks.bidirected[i], true);
  return text + class_lines(marks.nodes) + styles;
}

}  // namespace causal_gym

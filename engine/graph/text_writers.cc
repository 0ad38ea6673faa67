#include <algorithm>

#include "engine/graph/node_attributes.h"
#include "engine/graph/text.h"

namespace causal_gym {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit_or_dot(char c) { return (c >= '0' && c <= '9') || c == '.'; }

std::string in_quotes(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

std::string name_of(const Graph& graph, NodeId v) { return quoted_name(graph.name(v)); }

// " [latent, pos=\"1,2\"]", or nothing for a plain node.
std::string attribute_text(const Node& node) {
  std::string text;
  const auto append = [&](std::string_view part) {
    text += text.empty() ? " [" : ", ";
    text += part;
  };
  for (const auto& flag : node_flags)
    if (node.*flag.member) append(flag.word);
  if (node.position)
    append("pos=\"" + number_text(node.position->first) + "," + number_text(node.position->second) +
           "\"");
  return text.empty() ? text : text + "]";
}

std::string edge_lines(const Graph& graph, std::string_view indent) {
  std::string text;
  for (const auto& [from, to] : graph.directed_edges())
    text += std::string(indent) + name_of(graph, from) + " -> " + name_of(graph, to) + "\n";
  for (const auto& [a, b] : graph.bidirected_edges())
    text += std::string(indent) + name_of(graph, a) + " <-> " + name_of(graph, b) + "\n";
  return text;
}

std::string node_line(const Graph& graph, NodeId v, std::string_view indent) {
  return std::string(indent) + name_of(graph, v) +
         attribute_text(graph.nodes()[static_cast<std::size_t>(v)]) + "\n";
}

// How many nodes, from the first on, the edges alone would mention in the graph's own order; none
// when they would mention them in another.
std::optional<NodeId> mentioned_in_order(const Graph& graph) {
  NodeId next = 0;
  bool in_order = true;
  const auto mention = [&](NodeId v) {
    if (v > next) in_order = false;
    if (v == next) ++next;
  };
  for (const auto edges : {graph.directed_edges(), graph.bidirected_edges()})
    for (const auto& [from, to] : edges) {
      mention(from);
      mention(to);
    }
  if (!in_order) return std::nullopt;
  return next;
}

}  // namespace

std::string quoted_name(std::string_view name) {
  const bool bare =
      !name.empty() && is_letter(name.front()) && std::all_of(name.begin(), name.end(), [](char c) {
        return is_letter(c) || is_digit_or_dot(c) || c == '\'';
      });
  return bare ? std::string(name) : in_quotes(name);
}

std::string write_graph(const Graph& graph) {
  const auto mentioned = mentioned_in_order(graph);
  std::string declarations;
  for (std::size_t i = 0; i < graph.node_count(); ++i) {
    const auto v = static_cast<NodeId>(i);
    if (!mentioned || v >= *mentioned || !attribute_text(graph.nodes()[i]).empty())
      declarations += node_line(graph, v, "");
  }
  const auto edges = edge_lines(graph, "");
  return mentioned ? edges + declarations : declarations + edges;
}

std::string write_dagitty(const Graph& graph) {
  std::string text = "dag {\n";
  for (std::size_t i = 0; i < graph.node_count(); ++i)
    text += node_line(graph, static_cast<NodeId>(i), "  ");
  return text + edge_lines(graph, "  ") + "}\n";
}

std::string write_dot(const Graph& graph) { return write_dot(graph, {}); }

std::string write_dot(const Graph& graph, const DotAttributes& more) {
  std::string text = "digraph {\n";
  if (!more.graph.empty()) text += "  graph [" + more.graph + "];\n";
  const auto bracketed = [](std::string attributes, const std::vector<std::string>& added,
                            std::size_t i) {
    if (i < added.size() && !added[i].empty()) attributes += ", " + added[i];
    return attributes.empty() ? ";\n" : " [" + attributes.substr(2) + "];\n";
  };
  for (std::size_t i = 0; i < graph.node_count(); ++i) {
    const auto& node = graph.nodes()[i];
    std::string attributes;
    for (const auto& flag : node_flags)
      if (node.*flag.member) attributes += ", " + std::string(flag.word) + "=true";
    if (node.latent) attributes += ", style=dashed";
    // y grows upwards in DOT and downwards in graph texts.
    if (node.position)
      attributes += ", pos=\"" + number_text(node.position->first) + "," +
                    number_text(-node.position->second) + "!\"";
    text += "  " + in_quotes(node.name) + bracketed(attributes, more.nodes, i);
  }
  const auto ends = [&](const Edge& edge) {
    return "  " + in_quotes(graph.name(edge.from)) + " -> " + in_quotes(graph.name(edge.to));
  };
  for (std::size_t i = 0; i < graph.directed_edges().size(); ++i)
    text += ends(graph.directed_edges()[i]) + bracketed("", more.directed, i);
  for (std::size_t i = 0; i < graph.bidirected_edges().size(); ++i)
    text += ends(graph.bidirected_edges()[i]) +
            bracketed(", dir=both, style=dashed, constraint=false", more.bidirected, i);
  return text + "}\n";
}

}  // namespace causal_gym

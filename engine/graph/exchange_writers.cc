#include <algorithm>

#include "engine/graph/node_attributes.h"
#include "engine/graph/node_name.h"
#include "engine/graph/text.h"

namespace causal_gym {
namespace {

// GML is ASCII: other characters, quotes and ampersands are written as entities. igraph knows the
// names of those two, not their numbers.
std::string gml_string(std::string_view name) {
  std::string text = "\"";
  for (std::size_t i = 0; i < name.size();) {
    const auto [code, size] = first_character(name.substr(i));
    if (code == '"') {
      text += "&quot;";
    } else if (code == '&') {
      text += "&amp;";
    } else if (code >= 0x80) {
      text += "&#" + std::to_string(static_cast<std::uint32_t>(code)) + ";";
    } else {
      text += name.substr(i, size);
    }
    i += size;
  }
  return text + "\"";
}

std::string xml_text(std::string_view name) {
  std::string text;
  for (const char c : name) {
    switch (c) {
      case '&': text += "&amp;"; break;
      case '<': text += "&lt;"; break;
      case '>': text += "&gt;"; break;
      default: text += c;
    }
  }
  return text;
}

std::string data_element(std::string_view key, std::string_view value) {
  return "<data key=\"" + std::string(key) + "\">" + std::string(value) + "</data>";
}

// A letter, then letters, digits, '_' and '.'. R's reserved words are not looked for.
Status check_lavaan_name(const std::string& name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto belongs = [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '.';
  };
  if (is_letter(name.front()) && std::all_of(name.begin(), name.end(), belongs)) return {};
  return fail(ErrorCode::invalid_argument, "lavaan has no spelling for the name '" + name + "'", "",
              "rename it: a letter, then letters, digits, '_' and '.'");
}

}  // namespace

std::string write_gml(const Graph& graph) {
  std::string text = "graph [\n  directed 1\n";
  const auto arcs = graph.bidirected_edges();
  // networkx refuses two edges between the same nodes in a graph that does not announce them.
  if (std::any_of(arcs.begin(), arcs.end(),
                  [&](const Edge& arc) { return graph.has_edge(arc.from, arc.to); }))
    text += "  multigraph 1\n";
  for (std::size_t i = 0; i < graph.node_count(); ++i) {
    const auto& node = graph.nodes()[i];
    text += "  node [ id " + std::to_string(i) + " label " + gml_string(node.name);
    for (const auto& flag : node_flags)
      if (node.*flag.member) text += " " + std::string(flag.word) + " 1";
    if (node.position)
      text += " graphics [ x " + number_text(node.position->first) + " y " +
              number_text(node.position->second) + " ]";
    text += " ]\n";
  }
  const auto edge = [&](const Edge& ends, std::string_view mark) {
    text += "  edge [ source " + std::to_string(ends.from) + " target " + std::to_string(ends.to) +
            std::string(mark) + " ]\n";
  };
  for (const auto& ends : graph.directed_edges()) edge(ends, "");
  for (const auto& ends : graph.bidirected_edges()) edge(ends, " bidirected 1");
  return text + "]\n";
}

std::string write_graphml(const Graph& graph) {
  std::string text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n"
      "  <key id=\"name\" for=\"node\" attr.name=\"name\" attr.type=\"string\"/>\n";
  const auto key = [&](std::string_view word, std::string_view kind, std::string_view type) {
    text += "  <key id=\"" + std::string(word) + "\" for=\"" + std::string(kind) +
            "\" attr.name=\"" + std::string(word) + "\" attr.type=\"" + std::string(type) +
            "\"/>\n";
  };
  for (const auto& flag : node_flags) key(flag.word, "node", "boolean");
  key("x", "node", "double");
  key("y", "node", "double");
  key("bidirected", "edge", "boolean");
  text += "  <graph edgedefault=\"directed\">\n";
  for (std::size_t i = 0; i < graph.node_count(); ++i) {
    const auto& node = graph.nodes()[i];
    text +=
        "    <node id=\"n" + std::to_string(i) + "\">" + data_element("name", xml_text(node.name));
    for (const auto& flag : node_flags)
      if (node.*flag.member) text += data_element(flag.word, "true");
    if (node.position)
      text += data_element("x", number_text(node.position->first)) +
              data_element("y", number_text(node.position->second));
    text += "</node>\n";
  }
  const auto edge = [&](const Edge& ends, std::string_view content) {
    text += "    <edge source=\"n" + std::to_string(ends.from) + "\" target=\"n" +
            std::to_string(ends.to) + "\"" + std::string(content) + "\n";
  };
  for (const auto& ends : graph.directed_edges()) edge(ends, "/>");
  for (const auto& ends : graph.bidirected_edges())
    edge(ends, ">" + data_element("bidirected", "true") + "</edge>");
  return text + "  </graph>\n</graphml>\n";
}

Result<std::string> write_lavaan(const Graph& graph) {
  std::string text;
  for (const auto& node : graph.nodes()) {
    CAUSAL_GYM_CHECKED(check_lavaan_name(node.name));
    // A variance, or a latent variable without an indicator: keeps the order of the nodes.
    text += node.name + (node.latent ? " =~ 0" : " ~~ " + node.name) + "\n";
  }
  for (const auto& [from, to] : graph.directed_edges())
    text += graph.is_latent(from) ? graph.name(from) + " =~ " + graph.name(to) + "\n"
                                  : graph.name(to) + " ~ " + graph.name(from) + "\n";
  for (const auto& [a, b] : graph.bidirected_edges())
    text += graph.name(a) + " ~~ " + graph.name(b) + "\n";
  return text;
}

}  // namespace causal_gym

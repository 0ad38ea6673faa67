#include "engine/draw/svg.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "engine/draw/layering.h"
#include "engine/draw/layout.h"
#include "engine/graph/node_name.h"
#include "engine/graph/text.h"

namespace causal_gym {
namespace {

constexpr double node_height = 40;
constexpr double narrowest_node = 48;
constexpr double label_padding = 14;       // on either side
constexpr std::size_t label_columns = 28;  // longer labels are cut short; the tooltip has the rest
constexpr double column_width = 8;         // of a Latin letter at 15 px; a wide one takes two
constexpr double head_length = 9;
constexpr double head_width = 7.5;

constexpr std::string_view style =
    ".causal-graph{max-width:100%;height:auto;font:15px system-ui,-apple-system,'Segoe UI',"
    "sans-serif}"
    ".causal-graph text{fill:currentColor;stroke:none;text-anchor:middle;"
    "dominant-baseline:central}"
    ".causal-graph .node{fill:currentColor;fill-opacity:.04;stroke:currentColor;stroke-width:1.5}"
    ".causal-graph .latent{stroke-dasharray:4 3.5;fill-opacity:0}"
    ".causal-graph .ring{fill:none;stroke:currentColor;stroke-width:1.5}"
    ".causal-graph .adjusted{fill-opacity:.18}"
    ".causal-graph .selected{stroke-width:3.5}"
    ".causal-graph .edge{fill:none;stroke:currentColor;stroke-width:1.5}"
    ".causal-graph .head{fill:currentColor;stroke:none}"
    ".causal-graph .bidirected{stroke-dasharray:6 4.5}"
    ".causal-graph .highlight{color:var(--graph-highlight,#8a63d2)}"
    ".causal-graph .exposure{color:var(--graph-exposure,#2878d8)}"
    ".causal-graph .outcome{color:var(--graph-outcome,#c4601c)}"
    ".causal-graph .node.highlight,.causal-graph .node.exposure,.causal-graph .node.outcome"
    "{stroke-width:2.2;fill-opacity:.16}"
    ".causal-graph .cut{color:var(--graph-cut,#d6455d)}"
    ".causal-graph .edge.cut{stroke-dasharray:1.5 5;stroke-linecap:round;stroke-width:2}"
    ".causal-graph .head.cut{opacity:.6}"
    ".causal-graph .note{font-size:12px;font-weight:600}";

std::string xml_escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '"': result += "&quot;"; break;
      case '\'': result += "&#39;"; break;
      default: result += c;
    }
  }
  return result;
}

// At most one decimal, so that bytes do not hang on the last bits of a double.
std::string number(double value) {
  char buffer[32];
  const double tenths = std::round(value * 10) / 10 + 0.0;
  return {buffer, std::to_chars(std::begin(buffer), std::end(buffer), tenths).ptr};
}

std::string pair(Point p) { return number(p.x) + " " + number(p.y); }

// Columns that a character takes, as terminals count them (roughly East Asian width).
std::size_t columns_of(char32_t code) {
  const bool combining = code >= 0x300 && code < 0x370;
  return combining ? 0 : code >= 0x1100 ? 2 : 1;
}

struct Label {
  std::string text;
  std::size_t columns = 0;
};

// The label, or its beginning and an ellipsis. Bytes that are not UTF-8 end it.
Label shortened(std::string_view text) {
  Label label;
  for (std::size_t i = 0; i < text.size();) {
    const auto [code, size] = first_character(text.substr(i));
    if (size == 0 || label.columns + columns_of(code) > label_columns) {
      label.text += "…";
      ++label.columns;
      break;
    }
    label.text += text.substr(i, size);
    label.columns += columns_of(code);
    i += size;
  }
  return label;
}

Point towards(Point from, Point to, double length) {
  const double dx = to.x - from.x;
  const double dy = to.y - from.y;
  const double distance = std::hypot(dx, dy);
  if (distance == 0) return from;
  return {from.x + dx / distance * length, from.y + dy / distance * length};
}

// An arrowhead with its tip where the curve ends.
std::string arrowhead(const Curve& curve, std::string_view classes) {
  const Point tip = curve.to;
  const Point base = towards(tip, curve.near_to, head_length);
  const Point side{-(base.y - tip.y) / head_length * head_width / 2,
                   (base.x - tip.x) / head_length * head_width / 2};
  return "<path class=\"head" + std::string(classes) + "\" d=\"M" + pair(tip) + "L" +
         pair({base.x + side.x, base.y + side.y}) + "L" + pair({base.x - side.x, base.y - side.y}) +
         "Z\"/>";
}

Curve reversed(const Curve& curve) {
  return {curve.to, curve.near_to, curve.near_from, curve.from};
}

// Pulls the end of a curve back to the middle of its arrowhead, so that the tip stays sharp.
Curve behind_head(Curve curve) {
  const Point end = towards(curve.to, curve.near_to, head_length / 2);
  curve.near_to = {curve.near_to.x + end.x - curve.to.x, curve.near_to.y + end.y - curve.to.y};
  curve.to = end;
  return curve;
}

class Picture {
 public:
  Picture(const Graph& graph, const DrawOptions& options) : graph_(graph), options_(options) {
    for (std::size_t i = 0; i < graph.node_count(); ++i) {
      const bool named = i >= options.labels.size() || options.labels[i].empty();
      labels_.push_back(shortened(named ? graph.nodes()[i].name : options.labels[i]));
      const double text = static_cast<double>(labels_.back().columns) * column_width;
      const bool latent = graph.nodes()[i].latent;
      const double padding = latent ? 1.6 * label_padding : label_padding;
      sizes_.push_back(
          {{}, std::max(latent ? node_height : narrowest_node, text + 2 * padding), node_height});
      if (latent && labels_.back().columns <= 2) sizes_.back().width = node_height;
    }
    layout_ = lay_out(graph, sizes_);
  }

  [[nodiscard]] std::string draw() const {
    std::string text;
    const auto directed = graph_.directed_edges();
    for (std::size_t i = 0; i < directed.size(); ++i) {
      const bool cut =
          std::find(options_.cut.begin(), options_.cut.end(), directed[i]) != options_.cut.end();
      text += draw_edge(directed[i], " → ", layout_.directed[i], false, cut);
    }
    const auto bidirected = graph_.bidirected_edges();
    for (std::size_t i = 0; i < bidirected.size(); ++i) {
      const bool cut = options_.intervened.contains(bidirected[i].from) ||
                       options_.intervened.contains(bidirected[i].to);
      text += draw_edge(bidirected[i], " ↔ ", layout_.bidirected[i], true, cut);
    }
    for (std::size_t i = 0; i < graph_.node_count(); ++i) text += draw_node(i);
    return text;
  }

  [[nodiscard]] const Layout& layout() const { return layout_; }

 private:
  [[nodiscard]] std::string draw_edge(const Edge& edge, std::string_view joint, const Route& route,
                                      bool bidirected, bool cut) const {
    const std::string state = cut ? " cut" : "";
    std::string heads = arrowhead(route.back(), state);
    if (bidirected) heads += arrowhead(reversed(route.front()), state);
    auto line = route;
    line.back() = behind_head(line.back());
    if (bidirected) line.front() = reversed(behind_head(reversed(line.front())));
    std::string path = "M" + pair(line.front().from);
    for (const auto& curve : line)
      path += "C" + pair(curve.near_from) + " " + pair(curve.near_to) + " " + pair(curve.to);
    std::string text = "<g><title>" + xml_escaped(graph_.name(edge.from)) + std::string(joint) +
                       xml_escaped(graph_.name(edge.to)) + (cut ? " (cut)" : "") + "</title>";
    text += "<path class=\"edge" + std::string(bidirected ? " bidirected" : "") + state +
            "\" d=\"" + path + "\"/>" + heads;
    if (cut) {
      const auto place = beside(*longest(route));
      text += "<text class=\"note\" x=\"" + number(place.x) + "\" y=\"" + number(place.y) +
              "\">cut</text>";
    }
    return text + "</g>\n";
  }

  // Above the middle of a curve, clear of its slope.
  static Point beside(const Curve& curve) {
    const auto middle = point_on(curve, 0.5);
    const auto next = point_on(curve, 0.55);
    const double aside = next.y > middle.y ? 15 : -15;  // right of a line that falls, else left
    const double slope = std::abs(next.y - middle.y) / std::max(1e-9, std::abs(next.x - middle.x));
    const double steep = std::min(1.0, slope);
    return {middle.x + aside * steep, middle.y - 11 + 4 * steep};
  }

  static Route::const_iterator longest(const Route& route) {
    return std::max_element(route.begin(), route.end(), [](const Curve& a, const Curve& b) {
      return std::hypot(a.to.x - a.from.x, a.to.y - a.from.y) <
             std::hypot(b.to.x - b.from.x, b.to.y - b.from.y);
    });
  }

  [[nodiscard]] std::string draw_node(std::size_t i) const {
    const auto& node = graph_.nodes()[i];
    const auto v = static_cast<NodeId>(i);
    const auto& box = layout_.nodes[i];
    const bool under_do = options_.intervened.contains(v);
    const std::string_view role = node.exposure                      ? " exposure"
                                  : node.outcome                     ? " outcome"
                                  : options_.highlighted.contains(v) ? " highlight"
                                                                     : "";
    std::string classes = "node" + std::string(role);
    if (node.latent) classes += " latent";
    if (node.adjusted) classes += " adjusted";
    if (node.selected) classes += " selected";
    std::string text = "<g><title>" +
                       xml_escaped(node.name + (node.latent ? " (latent)" : "") +
                                   (under_do ? " (set by intervention)" : "")) +
                       "</title>" + outline(box, node.latent, classes, 0);
    if (under_do) text += outline(box, node.latent, "ring" + std::string(role), 4);
    text += "<text x=\"" + number(box.center.x) + "\" y=\"" + number(box.center.y + 0.5) + "\">" +
            xml_escaped(labels_[i].text) + "</text>";
    return text + "</g>\n";
  }

  // A box or an ellipse, drawn `inset` pixels inside the node's outline.
  static std::string outline(const Box& box, bool ellipse, std::string_view classes, double inset) {
    const double half_width = box.width / 2 - inset;
    const double half_height = box.height / 2 - inset;
    const auto open = [&](std::string_view tag) {
      return "<" + std::string(tag) + " class=\"" + std::string(classes) + "\" ";
    };
    if (ellipse)
      return open("ellipse") + "cx=\"" + number(box.center.x) + "\" cy=\"" + number(box.center.y) +
             "\" rx=\"" + number(half_width) + "\" ry=\"" + number(half_height) + "\"/>";
    return open("rect") + "x=\"" + number(box.center.x - half_width) + "\" y=\"" +
           number(box.center.y - half_height) + "\" width=\"" + number(2 * half_width) +
           "\" height=\"" + number(2 * half_height) + "\" rx=\"" + number(9 - inset) + "\"/>";
  }

  const Graph& graph_;
  const DrawOptions& options_;
  std::vector<Label> labels_;
  std::vector<Box> sizes_;
  Layout layout_;
};

std::string description(const Graph& graph, const DrawOptions& options) {
  std::string text = std::to_string(graph.node_count()) + " nodes";
  std::string_view separator = ": ";
  const auto add = [&](const std::string& part) {
    text += std::string(separator) + part;
    separator = "; ";
  };
  for (const auto& edge : graph.directed_edges()) {
    const bool cut = std::find(options.cut.begin(), options.cut.end(), edge) != options.cut.end();
    add(graph.name(edge.from) + " causes " + graph.name(edge.to) + (cut ? " (cut)" : ""));
  }
  for (const auto& [a, b] : graph.bidirected_edges())
    add(graph.name(a) + " and " + graph.name(b) + " share a latent cause");
  for (const NodeId v : graph.latent_nodes()) add(graph.name(v) + " is latent");
  for (const NodeId v : options.intervened) add(graph.name(v) + " is set by intervention");
  return text + ".";
}

std::string element(double width, double height, const DrawOptions& options,
                    std::string_view described, const std::string& content) {
  std::string text =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"causal-graph\" "
      "role=\"img\" width=\"" +
      number(width) + "\" height=\"" + number(height) + "\" viewBox=\"0 0 " + number(width) + " " +
      number(height) + "\"";
  if (options.dark) text += *options.dark ? " color=\"#e6e8eb\"" : " color=\"#1d2430\"";
  return text + ">\n<title>" + xml_escaped(options.title) + "</title>\n<desc>" +
         xml_escaped(described) + "</desc>\n<style>" + std::string(style) + "</style>\n" + content +
         "</svg>\n";
}

}  // namespace

std::string draw_svg(const Graph& graph, const DrawOptions& options) {
  if (graph.node_count() > max_drawn_nodes || bend_count(graph) > max_drawn_bends) {
    const auto text =
        std::to_string(graph.node_count()) + " nodes and " +
        std::to_string(graph.directed_edges().size() + graph.bidirected_edges().size()) +
        " edges are too many to draw";
    return element(480, 60, options, text, "<text x=\"240\" y=\"30\">" + text + "</text>\n");
  }
  const Picture picture(graph, options);
  return element(picture.layout().width, picture.layout().height, options,
                 description(graph, options), picture.draw());
}

}  // namespace causal_gym

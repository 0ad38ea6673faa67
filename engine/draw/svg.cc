#include "engine/draw/svg.h"

#include <charconv>
#include <cmath>

#include "engine/draw/picture.h"

namespace causal_gym {
namespace {

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
    ".causal-graph .edge{fill:none;stroke:currentColor;stroke-width:1.5}"
    ".causal-graph .head{fill:currentColor;stroke:none}"
    ".causal-graph .bidirected{stroke-dasharray:6 4.5}"
    ".causal-graph .edge.highlight{stroke-width:3}"
    ".causal-graph .highlight{color:var(--graph-highlight,#8a63d2)}"
    ".causal-graph .exposure{color:var(--graph-exposure,#2878d8)}"
    ".causal-graph .outcome{color:var(--graph-outcome,#c4601c)}"
    ".causal-graph .node.highlight,.causal-graph .node.exposure,.causal-graph .node.outcome"
    "{stroke-width:2.2;fill-opacity:.16}"
    ".causal-graph .node.conditioned{fill-opacity:.3}"
    ".causal-graph .node.selected{stroke-width:4}"
    ".causal-graph .cut{color:var(--graph-cut,#d6455d)}"
    ".causal-graph .edge.cut{stroke-dasharray:3 5;stroke-width:2}"
    ".causal-graph .edge.cut.highlight{stroke-width:3}"
    ".causal-graph .head.cut{opacity:.6}"
    ".causal-graph .note{font-size:12px;font-weight:600}";

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
}

// At most one decimal, so that bytes do not hang on the last bits of a double.
void append_number(std::string& out, double value) {
  const auto tenths = std::lround(value * 10);
  const auto size = std::abs(tenths);
  char buffer[24];
  if (tenths < 0) out += '-';
  out.append(buffer, std::to_chars(std::begin(buffer), std::end(buffer), size / 10).ptr);
  if (size % 10 == 0) return;
  out += '.';
  out += static_cast<char>('0' + size % 10);
}

void append_pair(std::string& out, Point p) {
  append_number(out, p.x);
  out += ' ';
  append_number(out, p.y);
}

void append_attribute(std::string& out, std::string_view name, double value) {
  out += ' ';
  out += name;
  out += "=\"";
  append_number(out, value);
  out += '"';
}

Point towards(Point from, Point to, double length) {
  const double dx = to.x - from.x;
  const double dy = to.y - from.y;
  const double distance = std::hypot(dx, dy);
  if (distance == 0) return from;
  return {from.x + dx / distance * length, from.y + dy / distance * length};
}

// An arrowhead with its tip where the curve ends.
void append_head(std::string& out, const Curve& curve, std::string_view classes) {
  const Point tip = curve.to;
  const Point base = towards(tip, curve.near_to, head_length);
  const Point side{-(base.y - tip.y) / head_length * head_width / 2,
                   (base.x - tip.x) / head_length * head_width / 2};
  out += "<path class=\"head";
  out += classes;
  out += "\" d=\"M";
  append_pair(out, tip);
  out += 'L';
  append_pair(out, {base.x + side.x, base.y + side.y});
  out += 'L';
  append_pair(out, {base.x - side.x, base.y - side.y});
  out += "Z\"/>";
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

// Writes the nodes and edges of a picture.
class SvgWriter {
 public:
  SvgWriter(const Graph& graph, const Picture& picture, std::string& out)
      : graph_(graph), picture_(picture), out_(out) {}

  void write() {
    std::size_t note = 0;
    for (std::size_t i = 0; i < graph_.directed_edges().size(); ++i) {
      const auto marks = picture_.marks.directed[i];
      write_edge(graph_.directed_edges()[i], " → ", picture_.layout.directed[i], false, marks,
                 marks.cut ? picture_.directed_notes[note++] : Point());
    }
    note = 0;
    for (std::size_t i = 0; i < graph_.bidirected_edges().size(); ++i) {
      const auto marks = picture_.marks.bidirected[i];
      write_edge(graph_.bidirected_edges()[i], " ↔ ", picture_.layout.bidirected[i], true, marks,
                 marks.cut ? picture_.bidirected_notes[note++] : Point());
    }
    for (std::size_t i = 0; i < graph_.node_count(); ++i) write_node(i);
  }

 private:
  void write_edge(const Edge& edge, std::string_view joint, const Route& route, bool bidirected,
                  EdgeMarks marks, Point note) {
    out_ += "<g><title>";
    append_escaped(out_, graph_.name(edge.from));
    out_ += joint;
    append_escaped(out_, graph_.name(edge.to));
    out_ += marks.cut ? " (cut)</title>" : "</title>";
    const std::string_view state = marks.cut && marks.highlighted ? " highlight cut"
                                   : marks.cut                    ? " cut"
                                   : marks.highlighted            ? " highlight"
                                                                  : "";
    out_ += "<path class=\"edge";
    if (bidirected) out_ += " bidirected";
    out_ += state;
    out_ += "\" d=\"M";
    write_curves(route, bidirected);
    out_ += "\"/>";
    append_head(out_, route.back(), state);
    if (bidirected) append_head(out_, reversed(route.front()), state);
    if (marks.cut) {
      out_ += "<text class=\"note\"";
      append_attribute(out_, "x", note.x);
      append_attribute(out_, "y", note.y);
      out_ += ">cut</text>";
    }
    out_ += "</g>\n";
  }

  void write_curves(const Route& route, bool bidirected) {
    for (std::size_t k = 0; k < route.size(); ++k) {
      auto curve = k + 1 == route.size() ? behind_head(route[k]) : route[k];
      if (k == 0 && bidirected) curve = reversed(behind_head(reversed(curve)));
      if (k == 0) append_pair(out_, curve.from);
      out_ += 'C';
      append_pair(out_, curve.near_from);
      out_ += ' ';
      append_pair(out_, curve.near_to);
      out_ += ' ';
      append_pair(out_, curve.to);
    }
  }

  void write_node(std::size_t i) {
    const auto& marks = picture_.marks.nodes[i];
    const auto& box = picture_.layout.nodes[i];
    out_ += "<g><title>";
    append_escaped(out_, graph_.nodes()[i].name);
    if (marks.latent) out_ += " (latent)";
    if (marks.intervened) out_ += " (set by intervention)";
    if (marks.conditioned) out_ += " (conditioned on)";
    if (marks.selected) out_ += " (selection)";
    out_ += "</title>";
    const std::string_view accent = marks.accent == Accent::exposure    ? " exposure"
                                    : marks.accent == Accent::outcome   ? " outcome"
                                    : marks.accent == Accent::highlight ? " highlight"
                                                                        : "";
    std::string classes = "node" + std::string(accent);
    if (marks.latent) classes += " latent";
    if (marks.conditioned) classes += " conditioned";
    if (marks.selected) classes += " selected";
    write_outline(box, marks, classes, 0);
    if (marks.intervened) write_outline(box, marks, "ring" + std::string(accent), 4);
    out_ += "<text";
    append_attribute(out_, "x", box.center.x);
    append_attribute(out_, "y", box.center.y + 0.5);
    out_ += '>';
    append_escaped(out_, picture_.labels[i]);
    out_ += "</text></g>\n";
  }

  // A box or an ellipse, drawn `inset` pixels inside the node's outline.
  void write_outline(const Box& box, const NodeMarks& marks, std::string_view classes,
                     double inset) {
    const double half_width = box.width / 2 - inset;
    const double half_height = box.height / 2 - inset;
    out_ += marks.latent ? "<ellipse class=\"" : "<rect class=\"";
    out_ += classes;
    out_ += '"';
    if (marks.latent) {
      append_attribute(out_, "cx", box.center.x);
      append_attribute(out_, "cy", box.center.y);
      append_attribute(out_, "rx", half_width);
      append_attribute(out_, "ry", half_height);
    } else {
      append_attribute(out_, "x", box.center.x - half_width);
      append_attribute(out_, "y", box.center.y - half_height);
      append_attribute(out_, "width", 2 * half_width);
      append_attribute(out_, "height", 2 * half_height);
      if (!marks.conditioned) append_attribute(out_, "rx", 9 - inset);
    }
    out_ += "/>";
  }

  const Graph& graph_;
  const Picture& picture_;
  std::string& out_;
};

std::string description(const Graph& graph, const Marks& marks) {
  std::string text = std::to_string(graph.node_count()) + " nodes";
  std::string_view separator = ": ";
  const auto add = [&](std::initializer_list<std::string_view> parts) {
    text += separator;
    for (const auto part : parts) text += part;
    separator = "; ";
  };
  const auto state = [](EdgeMarks edge) -> std::string_view {
    if (edge.cut) return edge.highlighted ? " (cut, highlighted)" : " (cut)";
    return edge.highlighted ? " (highlighted)" : "";
  };
  const auto directed = graph.directed_edges();
  for (std::size_t i = 0; i < directed.size(); ++i)
    add({graph.name(directed[i].from), " causes ", graph.name(directed[i].to),
         state(marks.directed[i])});
  const auto bidirected = graph.bidirected_edges();
  for (std::size_t i = 0; i < bidirected.size(); ++i)
    add({graph.name(bidirected[i].from), " and ", graph.name(bidirected[i].to),
         " share a latent cause", state(marks.bidirected[i])});
  const auto add_nodes = [&](bool NodeMarks::*mark, std::string_view what) {
    for (std::size_t i = 0; i < marks.nodes.size(); ++i)
      if (marks.nodes[i].*mark) add({graph.nodes()[i].name, what});
  };
  add_nodes(&NodeMarks::latent, " is latent");
  add_nodes(&NodeMarks::intervened, " is set by intervention");
  add_nodes(&NodeMarks::conditioned, " is conditioned on");
  add_nodes(&NodeMarks::selected, " is a selection node");
  return text + ".";
}

// The opening of the element, up to its content.
std::string opening(double width, double height, const DrawOptions& options,
                    std::string_view described) {
  std::string text =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"causal-graph\" "
      "role=\"img\"";
  append_attribute(text, "width", width);
  append_attribute(text, "height", height);
  text += " viewBox=\"0 0 ";
  append_pair(text, {width, height});
  text += '"';
  if (options.dark) text += *options.dark ? " color=\"#e6e8eb\"" : " color=\"#1d2430\"";
  text += ">\n<title>";
  append_escaped(text, options.title);
  text += "</title>\n<desc>";
  append_escaped(text, described);
  text += "</desc>\n<style>";
  text += style;
  return text + "</style>\n";
}

}  // namespace

std::string draw_svg(const Graph& graph, const DrawOptions& options) {
  if (!check_drawable(graph)) {
    const auto text =
        std::to_string(graph.node_count()) + " nodes and " +
        std::to_string(graph.directed_edges().size() + graph.bidirected_edges().size()) +
        " edges are too many to draw";
    return opening(480, 60, options, text) + "<text x=\"240\" y=\"30\">" + text +
           "</text>\n</svg>\n";
  }
  const auto picture = compose_picture(graph, options);
  auto svg = opening(picture.layout.width, picture.layout.height, options,
                     description(graph, picture.marks));
  SvgWriter(graph, picture, svg).write();
  return svg + "</svg>\n";
}

}  // namespace causal_gym

#include "engine/draw/tikz.h"

#include <cmath>

#include "engine/draw/picture.h"
#include "engine/graph/node_attributes.h"

namespace causal_gym {
namespace {

// What LaTeX would read as a command or a ligature is written as the sign it stands for.
std::string tex_text(std::string_view text) {
  std::string result;
  constexpr std::string_view ellipsis = "…";
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with(ellipsis)) {
      result += "\\ldots{}";
      i += ellipsis.size() - 1;
      continue;
    }
    switch (const char c = text[i]) {
      case '\\': result += "\\textbackslash{}"; break;
      case '~': result += "\\textasciitilde{}"; break;
      case '^': result += "\\textasciicircum{}"; break;
      case '<': result += "\\textless{}"; break;
      case '>': result += "\\textgreater{}"; break;
      case '|': result += "\\textbar{}"; break;
      case '"': result += "\\char34{}"; break;
      case '-': result += "{-}"; break;
      case '\'': result += "{'}"; break;
      case '`': result += "{`}"; break;
      case '{':
      case '}':
      case '$':
      case '&':
      case '#':
      case '%':
      case '_': result += '\\'; [[fallthrough]];
      default: result += c;
    }
  }
  return result;
}

std::string tenths(double value) { return number_text(std::round(value * 10) / 10 + 0.0); }

std::string place(Point p) { return "(" + tenths(p.x) + "," + tenths(p.y) + ")"; }

std::string edge_line(const Route& route, EdgeMarks marks, bool bidirected) {
  std::string text = "  \\draw[";
  text += bidirected ? "<->" : "->";
  if (marks.highlighted) text += ", graph-highlight, very thick";
  if (marks.cut) text += ", graph-cut";
  if (marks.cut) {
    text += ", dash pattern=on 2pt off 3pt";
  } else if (bidirected) {
    text += ", dashed";
  }
  text += "] " + place(route.front().from);
  for (const auto& curve : route)
    text += " .. controls " + place(curve.near_from) + " and " + place(curve.near_to) + " .. " +
            place(curve.to);
  return text + ";\n";
}

std::string note_line(Point center) {
  return "  \\node[graph-cut, font=\\scriptsize\\bfseries, inner sep=0pt] at " + place(center) +
         " {cut};\n";
}

std::string_view colour_of(Accent accent) {
  switch (accent) {
    case Accent::exposure: return "graph-exposure";
    case Accent::outcome: return "graph-outcome";
    case Accent::highlight: return "graph-highlight";
    default: return "";
  }
}

// A box or an ellipse, drawn `inset` pixels inside the node's outline.
std::string outline(const NodeMarks& marks, const Box& box, double inset) {
  const bool inner = inset > 0;
  const std::string colour(colour_of(marks.accent));
  std::string style;
  const auto add = [&](const std::string& option) {
    style += (style.empty() ? "" : ", ") + option;
  };
  if (!colour.empty()) add("draw=" + colour + ", thick");
  if (!inner && marks.conditioned) {
    add("fill=gray!35");
  } else if (!inner && !colour.empty()) {
    add("fill=" + colour + "!15");
  }
  if (marks.latent) add("dashed");
  if (!marks.latent && !marks.conditioned) add("rounded corners=5pt");
  if (!inner && marks.selected) add("ultra thick");
  const auto text = "  \\draw[" + style + "] ";
  const double half_width = box.width / 2 - inset;
  const double half_height = box.height / 2 - inset;
  const auto& [x, y] = box.center;
  if (marks.latent)
    return text + place(box.center) + " ellipse [x radius=" + tenths(half_width) +
           ", y radius=" + tenths(half_height) + "];\n";
  return text + place({x - half_width, y - half_height}) + " rectangle " +
         place({x + half_width, y + half_height}) + ";\n";
}

std::string node_lines(const NodeMarks& marks, const Box& box, std::string_view label) {
  auto text = outline(marks, box, 0);
  if (marks.intervened) text += outline(marks, box, 4);
  return text + "  \\node[inner sep=0pt] at " + place(box.center) + " {" + tex_text(label) + "};\n";
}

// A colour of the picture's own.
std::string colour_line(std::string_view name, std::string_view colour) {
  std::string digits(colour.substr(1));
  for (char& c : digits)
    if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
  return "  \\definecolor{" + std::string(name) + "}{HTML}{" + digits + "}\n";
}

}  // namespace

Result<std::string> draw_tikz(const Graph& graph, const DrawOptions& options) {
  CAUSAL_GYM_CHECKED(check_drawable(graph));
  const auto picture = compose_picture(graph, options);
  std::string text = "\\begin{tikzpicture}[x=0.75pt, y=-0.75pt, >=stealth, semithick]\n";
  for (const auto accent : {Accent::exposure, Accent::outcome, Accent::highlight})
    text += colour_line(colour_of(accent), accent_colour(accent));
  text += colour_line("graph-cut", cut_colour);
  for (std::size_t i = 0; i < graph.directed_edges().size(); ++i)
    text += edge_line(picture.layout.directed[i], picture.marks.directed[i], false);
  for (std::size_t i = 0; i < graph.bidirected_edges().size(); ++i)
    text += edge_line(picture.layout.bidirected[i], picture.marks.bidirected[i], true);
  for (const auto* notes : {&picture.directed_notes, &picture.bidirected_notes})
    for (const auto& note : *notes) text += note_line(note);
  for (std::size_t i = 0; i < graph.node_count(); ++i)
    text += node_lines(picture.marks.nodes[i], picture.layout.nodes[i], picture.labels[i]);
  return text + "\\end{tikzpicture}\n";
}

}  // namespace causal_gym

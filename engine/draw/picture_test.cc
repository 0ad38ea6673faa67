// Pictures in every format: notes and labels keep clear of nodes, TikZ draws the layout, DOT reads
// back as the graph, and each mark is shown everywhere.
#include <gtest/gtest.h>

#include <charconv>
#include <cmath>

#include "engine/draw/draw.h"
#include "engine/draw/picture.h"
#include "engine/draw/svg.h"
#include "engine/draw/tikz.h"
#include "engine/graph/paths.h"
#include "engine/graph/random_graph.h"
#include "engine/graph/surgery.h"
#include "engine/graph/text.h"

namespace causal_gym {
namespace {

Graph graph_of(std::string_view text) { return parse_graph(text).value(); }

struct Scene {
  Graph graph;
  DrawOptions options;
};

// A random ADMG, some nodes latent, with random surgery and marks.
Scene random_scene(std::uint64_t seed) {
  Rng rng(seed, stream_of("picture"));
  const auto plain = random_admg(1 + seed % 14, 0.1 + 0.4 * rng.uniform(), 0.2, rng);
  std::vector<Node> nodes(plain.nodes().begin(), plain.nodes().end());
  for (auto& node : nodes) {
    node.latent = rng.below(4) == 0;
    node.adjusted = rng.below(6) == 0;
    node.outcome = rng.below(6) == 0;
    if (rng.below(3) == 0) node.name += std::string(rng.below(20), 'm');
  }
  Scene scene;
  scene.graph =
      *Graph::create(nodes, {plain.directed_edges().begin(), plain.directed_edges().end()},
                     {plain.bidirected_edges().begin(), plain.bidirected_edges().end()});
  NodeSet set;
  for (NodeId v = 0; v < static_cast<NodeId>(nodes.size()); ++v) {
    if (rng.below(3) == 0) set.insert(v);
    if (rng.below(4) == 0) scene.options.conditioned.insert(v);
    if (rng.below(4) == 0) scene.options.selection.insert(v);
    if (rng.below(4) == 0) scene.options.highlighted.insert(v);
  }
  scene.options = with_intervention(scene.graph, set, scene.options);
  for (const auto& edge : scene.graph.directed_edges())
    if (rng.below(3) == 0) scene.options.highlighted_edges.push_back(edge);
  for (const auto& [a, b] : scene.graph.bidirected_edges())
    if (rng.below(3) == 0) scene.options.highlighted_bidirected.push_back({b, a});
  return scene;
}

TEST(Picture, ANoteStandsByItsEdgeAndNeverCoversANode) {
  std::size_t notes = 0;
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    const auto [graph, options] = random_scene(seed);
    SCOPED_TRACE("seed " + std::to_string(seed) + "\n" + write_graph(graph));
    const auto picture = compose_picture(graph, options);
    const auto check = [&](Point note, const Route& route) {
      ++notes;
      for (const auto& box : picture.layout.nodes)
        ASSERT_FALSE(std::abs(note.x - box.center.x) < (note_width + box.width) / 2 &&
                     std::abs(note.y - box.center.y) < (note_height + box.height) / 2)
            << note.x << " " << note.y;
      EXPECT_GE(note.x, note_width / 2);
      EXPECT_GE(note.y, note_height / 2);
      EXPECT_LE(note.x, picture.layout.width - note_width / 2);
      EXPECT_LE(note.y, picture.layout.height - note_height / 2);
      double nearest = 1e9;
      for (const auto& curve : route)
        for (int step = 0; step <= 64; ++step) {
          const auto p = point_on(curve, step / 64.0);
          nearest = std::min(nearest, std::hypot(p.x - note.x, p.y - note.y));
        }
      EXPECT_LE(nearest, 18);
    };
    std::size_t next = 0;
    for (std::size_t i = 0; i < picture.marks.directed.size(); ++i)
      if (picture.marks.directed[i].cut)
        check(picture.directed_notes.at(next++), picture.layout.directed[i]);
    EXPECT_EQ(next, picture.directed_notes.size());
    next = 0;
    for (std::size_t i = 0; i < picture.marks.bidirected.size(); ++i)
      if (picture.marks.bidirected[i].cut)
        check(picture.bidirected_notes.at(next++), picture.layout.bidirected[i]);
    EXPECT_EQ(next, picture.bidirected_notes.size());
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(notes, 1000U);
}

TEST(Picture, NodesGrowWithTheirLabelsAndWithTheEdgesAtThem) {
  const auto graph = graph_of("{a b c d e f g h i j} -> \"a name of twenty letters\"");
  const auto picture = compose_picture(graph, {});
  EXPECT_GE(picture.layout.nodes[10].width, 24 * 8);
  std::vector<double> ends;
  for (const auto& route : picture.layout.directed) ends.push_back(route.back().to.y);
  std::sort(ends.begin(), ends.end());
  for (std::size_t i = 1; i < ends.size(); ++i) EXPECT_GE(ends[i] - ends[i - 1], 7.0);
}

TEST(Options, AnInterventionOnSeveralNodesCutsWhatSurgeryRemoves) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto [graph, options] = random_scene(seed);
    const auto after = cut_incoming(graph, options.intervened);
    const auto marks = marks_of(graph, options);
    for (std::size_t i = 0; i < marks.directed.size(); ++i) {
      const auto& [from, to] = graph.directed_edges()[i];
      EXPECT_EQ(marks.directed[i].cut, !after.has_edge(from, to));
    }
    for (std::size_t i = 0; i < marks.bidirected.size(); ++i) {
      const auto& [a, b] = graph.bidirected_edges()[i];
      EXPECT_EQ(marks.bidirected[i].cut, !after.has_bidirected_edge(a, b));
    }
    const auto again = with_intervention(graph, options.intervened, options);
    EXPECT_EQ(again.cut, options.cut);
  }
}

TEST(Options, APathHighlightsItsEdgesAndInnerNodes) {
  const auto graph = graph_of("z -> x; z <-> m; m -> y; x -> y");
  const auto open = separation(graph, {*graph.find("x")}, {*graph.find("y")}, {});
  const auto backdoor = list_paths(graph, 1, 3, {}).value().paths.at(1);
  EXPECT_EQ(path_text(graph, backdoor.path), "x <- z <-> m -> y");
  const auto options = with_path(backdoor.path);
  EXPECT_TRUE(check_draw_options(graph, options));
  EXPECT_EQ(options.highlighted, (NodeSet{0, 2}));
  EXPECT_EQ(options.highlighted_edges, (std::vector<Edge>{{0, 1}, {2, 3}}));
  EXPECT_EQ(options.highlighted_bidirected, (std::vector<Edge>{{0, 2}}));
  const auto svg = draw_svg(graph, options);
  EXPECT_NE(svg.find("z and m share a latent cause (highlighted)"), std::string::npos);
  EXPECT_NE(svg.find("z causes x (highlighted)"), std::string::npos);
  EXPECT_EQ(svg.find("x causes y (highlighted)"), std::string::npos);
  EXPECT_TRUE(with_path(*open->open_path).highlighted.empty());
}

TEST(DrawGraph, EachMarkIsShownInEveryFormat) {
  const auto graph = graph_of("z -> x -> y; x <-> y; w");
  const NodeId z = 0;
  const NodeId x = 1;
  const NodeId y = 2;
  DrawOptions variants[8];
  variants[0].highlighted = {z};
  variants[1].intervened = {z};
  variants[2].conditioned = {z};
  variants[3].selection = {z};
  variants[4].cut = {{z, x}};
  variants[5].highlighted_edges = {{z, x}};
  variants[6].highlighted_bidirected = {{y, x}};
  variants[7].labels = {"", "treatment"};
  for (const auto format : all_draw_formats) {
    SCOPED_TRACE(draw_format_name(format));
    std::set<std::string> pictures{draw_graph(graph, {}, format).value()};
    for (const auto& options : variants)
      pictures.insert(draw_graph(graph, options, format).value());
    EXPECT_EQ(pictures.size(), 9U);
    EXPECT_NE(draw_graph(graph, variants[4], format)->find("cut"), std::string::npos);
    DrawOptions under_do;
    under_do.intervened = {x};  // cuts x <-> y
    EXPECT_NE(draw_graph(graph, under_do, format)->find("cut"), std::string::npos);
    EXPECT_NE(draw_graph(graph, variants[7], format)->find("treatment"), std::string::npos);
    EXPECT_EQ(find_draw_format(draw_format_name(format)).value(), format);
  }
  EXPECT_EQ(find_draw_format("swg").error().code, ErrorCode::unknown_name);
}

TEST(DrawGraph, RefusesMarksThatTheGraphDoesNotHave) {
  const auto graph = graph_of("a -> b; a <-> c");
  const auto error_of = [&](const DrawOptions& options) {
    const auto picture = draw_graph(graph, options, DrawFormat::mermaid);
    EXPECT_FALSE(picture);
    EXPECT_EQ(picture.error().code, ErrorCode::invalid_argument);
    return picture.error().message;
  };
  DrawOptions options;
  options.conditioned = {3};
  EXPECT_EQ(error_of(options), "node 3 of the conditioned nodes is not in the graph");
  options = {};
  options.cut = {{1, 0}};
  EXPECT_EQ(error_of(options), "the edge 'b -> a' of the cut edges is not in the graph");
  options.cut = {{-1, 0}};
  EXPECT_EQ(error_of(options), "node -1 of the cut edges is not in the graph");
  options = {};
  options.highlighted_bidirected = {{0, 1}};
  EXPECT_EQ(error_of(options), "the edge 'a <-> b' of the highlighted edges is not in the graph");
  options = {};
  options.labels.resize(4);
  EXPECT_EQ(error_of(options), "4 labels for a graph of 3 nodes");
}

TEST(DrawGraph, RefusesToLayOutGraphsThatAreTooLarge) {
  const auto nodes = [](std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += "v" + std::to_string(i) + "\n";
    return graph_of(text);
  };
  for (const auto format : {DrawFormat::svg, DrawFormat::tikz}) {
    EXPECT_TRUE(draw_graph(nodes(300), {}, format));
    EXPECT_EQ(draw_graph(nodes(301), {}, format).error().code, ErrorCode::limit_exceeded);
  }
  EXPECT_TRUE(draw_graph(nodes(301), {}, DrawFormat::dot));
  EXPECT_TRUE(draw_graph(nodes(301), {}, DrawFormat::mermaid));
}

TEST(DrawDot, ReadsBackAsTheGraphWhateverIsMarked) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    auto [graph, options] = random_scene(seed);
    options.labels = {"\\N \"quoted\" \\"};
    const auto text = draw_graph(graph, options, DrawFormat::dot);
    ASSERT_TRUE(text) << error_text(text.error());
    const auto read = parse_dot(*text);
    ASSERT_TRUE(read) << error_text(read.error()) << "\n" << *text;
    EXPECT_EQ(*read, graph) << *text;
  }
}

TEST(DrawDot, WritesWhatOneExpects) {
  const auto graph = graph_of("z -> x -> y; x <-> y; x [exposure]; u [latent]");
  auto options = with_intervention(graph, {1});
  options.conditioned = {0};
  EXPECT_EQ(
      draw_graph(graph, options, DrawFormat::dot).value(),
      "digraph {\n"
      "  graph [rankdir=LR];\n"
      "  \"z\" [shape=box, style=filled, fillcolor=\"#bbbbbb\"];\n"
      "  \"x\" [exposure=true, shape=box, style=rounded, color=\"#2878d8\", penwidth=2, "
      "peripheries=2];\n"
      "  \"y\" [shape=box, style=rounded];\n"
      "  \"u\" [latent=true, style=dashed];\n"
      "  \"z\" -> \"x\" [style=dashed, label=cut, color=\"#d6455d\", fontcolor=\"#d6455d\"];\n"
      "  \"x\" -> \"y\";\n"
      "  \"x\" -> \"y\" [dir=both, style=dashed, constraint=false, style=dashed, label=cut, "
      "color=\"#d6455d\", fontcolor=\"#d6455d\"];\n"
      "}\n");
}

TEST(DrawMermaid, WritesWhatOneExpects) {
  const auto graph = graph_of("a -> \"b & <c>\"; a <-> \"b & <c>\"; u_1 [latent]; u_1 -> a");
  EXPECT_EQ(draw_graph(graph, {}, DrawFormat::mermaid).value(),
            "flowchart LR\n  n0[\"a\"]\n  n1[\"b #amp; #lt;c#gt;\"]\n  n2((\"u_1\"))\n"
            "  n0 --> n1\n  n2 --> n0\n  n0 <-.-> n1\n  classDef latent stroke-dasharray: 4 3\n"
            "  class n2 latent\n");
  auto options = with_intervention(graph, {0});
  options.conditioned = {1};
  options.highlighted_edges = {{0, 1}};
  EXPECT_EQ(draw_graph(graph, options, DrawFormat::mermaid).value(),
            "flowchart LR\n  n0[[\"a\"]]\n  n1[\"b #amp; #lt;c#gt;\"]\n  n2((\"u_1\"))\n"
            "  n0 --> n1\n  n2 -. cut .-> n0\n  n0 <-. cut .-> n1\n"
            "  classDef latent stroke-dasharray: 4 3\n  class n2 latent\n"
            "  classDef conditioned fill:#bbbbbb,color:#111111\n  class n1 conditioned\n"
            "  linkStyle 0 stroke:#8a63d2,stroke-width:3px\n"
            "  linkStyle 1 stroke:#d6455d\n  linkStyle 2 stroke:#d6455d\n");
}

// The numbers of one line of TikZ.
std::vector<double> numbers_in(const std::string& line) {
  std::vector<double> numbers;
  for (std::size_t i = line.find(']'); i < line.size(); ++i) {
    if (line[i] != '(' && line[i] != ',' && line[i] != '=') continue;
    double number = 0;
    const auto [end, error] =
        std::from_chars(line.data() + i + 1, line.data() + line.size(), number);
    if (error == std::errc()) numbers.push_back(number);
  }
  return numbers;
}

// Reads the coordinates from the text alone: what LaTeX is told to draw.
TEST(DrawTikz, NoEdgeIsDrawnThroughANode) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto graph = random_scene(seed).graph;
    SCOPED_TRACE("seed " + std::to_string(seed) + "\n" + write_graph(graph));
    const auto text = draw_tikz(graph).value();
    std::vector<std::vector<double>> routes;
    std::vector<std::vector<double>> outlines;
    for (std::size_t at = 0; at < text.size();) {
      const auto end = text.find('\n', at);
      const auto line = text.substr(at, end - at);
      at = end + 1;
      if (line.find("controls") != std::string::npos) routes.push_back(numbers_in(line));
      if (line.find("rectangle") != std::string::npos) outlines.push_back(numbers_in(line));
      if (line.find("ellipse") == std::string::npos) continue;
      const auto numbers = numbers_in(line);
      ASSERT_EQ(numbers.size(), 4U) << line;
      // The box inside the ellipse: edges may pass its corners.
      const double w = numbers[2] / std::sqrt(2.0);
      const double h = numbers[3] / std::sqrt(2.0);
      outlines.push_back({numbers[0] - w, numbers[1] - h, numbers[0] + w, numbers[1] + h});
    }
    ASSERT_EQ(outlines.size(), graph.node_count());
    ASSERT_EQ(routes.size(), graph.directed_edges().size() + graph.bidirected_edges().size());
    for (const auto& route : routes) {
      ASSERT_EQ(route.size() % 6, 2U);
      for (std::size_t k = 0; k + 8 <= route.size(); k += 6)
        for (int step = 0; step <= 32; ++step) {
          const auto p = point_on({{route[k], route[k + 1]},
                                   {route[k + 2], route[k + 3]},
                                   {route[k + 4], route[k + 5]},
                                   {route[k + 6], route[k + 7]}},
                                  step / 32.0);
          for (const auto& box : outlines)
            ASSERT_FALSE(p.x > box[0] + 0.5 && p.x < box[2] - 0.5 && p.y > box[1] + 0.5 &&
                         p.y < box[3] - 0.5)
                << p.x << " " << p.y;
        }
    }
  }
}

TEST(DrawTikz, EscapesWhatLatexWouldRead) {
  const auto text = draw_tikz(graph_of("\"\\\\{ } $ & # % _ ^ ~ < > | - \\\"\" -> "
                                       "\"a name of more than twenty-eight letters\""))
                        .value();
  EXPECT_NE(text.find("{\\textbackslash{}\\{ \\} \\$ \\& \\# \\% \\_ \\textasciicircum{} "
                      "\\textasciitilde{} \\textless{} \\textgreater{} \\textbar{} {-} "
                      "\\char34{}};"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("{a name of more than twenty{-}e\\ldots{}};"), std::string::npos) << text;
}

TEST(DrawTikz, WritesWhatOneExpects) {
  const auto graph = graph_of("a -> b");
  EXPECT_EQ(draw_tikz(graph, with_intervention(graph, {1})).value(),
            "\\begin{tikzpicture}[x=0.75pt, y=-0.75pt, >=stealth, semithick]\n"
            "  \\definecolor{graph-exposure}{HTML}{2878D8}\n"
            "  \\definecolor{graph-outcome}{HTML}{C4601C}\n"
            "  \\definecolor{graph-highlight}{HTML}{8A63D2}\n"
            "  \\definecolor{graph-cut}{HTML}{D6455D}\n"
            "  \\draw[->, graph-cut, dash pattern=on 2pt off 3pt] (64,49) .. controls (102,49) and "
            "(102,49) .. (140,49);\n"
            "  \\node[graph-cut, font=\\scriptsize\\bfseries, inner sep=0pt] at (102,40) {cut};\n"
            "  \\draw[rounded corners=5pt] (16,29) rectangle (64,69);\n"
            "  \\node[inner sep=0pt] at (40,49) {a};\n"
            "  \\draw[rounded corners=5pt] (140,29) rectangle (188,69);\n"
            "  \\draw[rounded corners=5pt] (144,33) rectangle (184,65);\n"
            "  \\node[inner sep=0pt] at (164,49) {b};\n"
            "\\end{tikzpicture}\n");
}

}  // namespace
}  // namespace causal_gym

// Drawings: no edge meets a node, the same bytes each time, well-formed XML, nothing unescaped.
#include <gtest/gtest.h>

#include <cmath>

#include "engine/draw/layering.h"
#include "engine/draw/layout.h"
#include "engine/draw/svg.h"
#include "engine/graph/random_graph.h"
#include "engine/graph/text.h"

namespace causal_gym {
namespace {

Graph graph_of(std::string_view text) { return parse_graph(text).value(); }

// A random ADMG, some nodes latent, with boxes of random width.
struct Scene {
  Graph graph;
  std::vector<Box> sizes;
};

Scene random_scene(std::uint64_t seed) {
  Rng rng(seed, stream_of("draw"));
  const auto plain = random_admg(1 + seed % 12, 0.1 + 0.4 * rng.uniform(), 0.15, rng);
  std::vector<Node> nodes(plain.nodes().begin(), plain.nodes().end());
  Scene scene;
  for (auto& node : nodes) {
    node.latent = rng.below(4) == 0;
    scene.sizes.push_back({{}, 40 + 160 * rng.uniform(), 40});
  }
  scene.graph =
      *Graph::create(nodes, {plain.directed_edges().begin(), plain.directed_edges().end()},
                     {plain.bidirected_edges().begin(), plain.bidirected_edges().end()});
  return scene;
}

// Is the point inside the node's outline by more than half a pixel?
bool inside(Point p, const Box& box, bool ellipse) {
  const double x = std::abs(p.x - box.center.x) / (box.width / 2 - 0.5);
  const double y = std::abs(p.y - box.center.y) / (box.height / 2 - 0.5);
  return ellipse ? x * x + y * y < 1 : x < 1 && y < 1;
}

bool touches(Point p, const Box& box, bool ellipse) {
  const Box larger{box.center, box.width + 2, box.height + 2};
  return inside(p, larger, ellipse) && !inside(p, box, ellipse);
}

void expect_clear(const Scene& scene, const Layout& layout, const Route& route) {
  for (std::size_t k = 0; k < route.size(); ++k) {
    if (k > 0) {
      ASSERT_EQ(route[k].from, route[k - 1].to);
    }
    for (int step = 0; step <= 64; ++step) {
      const auto p = point_on(route[k], step / 64.0);
      ASSERT_TRUE(p.x >= 0 && p.y >= 0 && p.x <= layout.width && p.y <= layout.height)
          << p.x << " " << p.y;
      for (std::size_t i = 0; i < layout.nodes.size(); ++i)
        ASSERT_FALSE(inside(p, layout.nodes[i], scene.graph.nodes()[i].latent))
            << scene.graph.nodes()[i].name << " at " << p.x << " " << p.y;
    }
  }
}

TEST(Layout, NoEdgeMeetsANodeAndEachJoinsItsOwnOnRandomGraphs) {
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    const auto scene = random_scene(seed);
    SCOPED_TRACE("seed " + std::to_string(seed) + "\n" + write_graph(scene.graph));
    const auto layout = lay_out(scene.graph, scene.sizes);
    const auto at_node = [&](Point p, NodeId v) {
      return touches(p, layout.nodes[static_cast<std::size_t>(v)], scene.graph.is_latent(v));
    };
    const auto directed = scene.graph.directed_edges();
    ASSERT_EQ(layout.directed.size(), directed.size());
    for (std::size_t i = 0; i < directed.size(); ++i) {
      const auto& route = layout.directed[i];
      expect_clear(scene, layout, route);
      ASSERT_TRUE(at_node(route.front().from, directed[i].from));
      ASSERT_TRUE(at_node(route.back().to, directed[i].to));
    }
    const auto bidirected = scene.graph.bidirected_edges();
    ASSERT_EQ(layout.bidirected.size(), bidirected.size());
    for (std::size_t i = 0; i < bidirected.size(); ++i) {
      const auto& route = layout.bidirected[i];
      const auto& [a, b] = bidirected[i];
      expect_clear(scene, layout, route);
      ASSERT_TRUE((at_node(route.front().from, a) && at_node(route.back().to, b)) ||
                  (at_node(route.front().from, b) && at_node(route.back().to, a)));
    }
    if (HasFatalFailure()) return;
  }
}

TEST(Layout, BoxesDoNotOverlapAndEffectsStandRightOfTheirCauses) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto scene = random_scene(seed);
    const auto layout = lay_out(scene.graph, scene.sizes);
    const auto& nodes = layout.nodes;
    for (std::size_t i = 0; i < nodes.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        EXPECT_TRUE(std::abs(nodes[i].center.x - nodes[j].center.x) >=
                        (nodes[i].width + nodes[j].width) / 2 ||
                    std::abs(nodes[i].center.y - nodes[j].center.y) >=
                        (nodes[i].height + nodes[j].height) / 2);
    for (const auto& [from, to] : scene.graph.directed_edges())
      EXPECT_LT(nodes[static_cast<std::size_t>(from)].center.x,
                nodes[static_cast<std::size_t>(to)].center.x);
  }
}

TEST(Layout, OverlappingArcsBesideAColumnKeepApart) {
  const auto graph = graph_of("{a b c d e} -> y; a <-> b; a <-> c; a <-> d; a <-> e; b <-> d");
  const auto layout = lay_out(graph, std::vector<Box>(6, Box{{}, 60, 56}));
  std::vector<double> leftmost;
  for (const auto& route : layout.bidirected) {
    double x = layout.width;
    for (const auto& curve : route) x = std::min(x, point_on(curve, 0.5).x);
    EXPECT_LT(x, layout.nodes[0].center.x - 30);  // the first column's arcs stand left of it
    leftmost.push_back(x);
  }
  std::sort(leftmost.begin(), leftmost.end());
  for (std::size_t i = 1; i < leftmost.size(); ++i) EXPECT_GE(leftmost[i] - leftmost[i - 1], 8);
}

TEST(Layout, EdgesThatClimbFarGetWideGaps) {
  const auto graph = graph_of("{a b c d e f g h i j} -> y");
  const auto layout = lay_out(graph, std::vector<Box>(11, Box{{}, 60, 40}));
  for (const auto& route : layout.directed)
    for (const auto& curve : route)
      EXPECT_LE(std::abs(curve.to.y - curve.from.y), 3 * std::abs(curve.to.x - curve.from.x));
}

TEST(Layout, NodesWithoutEdgesFillASquare) {
  const auto loose =
      lay_out(graph_of("a; b; c; d; e; f; g; h; i"), std::vector<Box>(9, Box{{}, 60, 40}));
  std::set<double> columns;
  for (const auto& box : loose.nodes) columns.insert(box.center.x);
  EXPECT_EQ(columns.size(), 3U);
  const auto graph = graph_of("{a b c d} -> y -> z; k");
  const auto layout = lay_out(graph, std::vector<Box>(7, Box{{}, 60, 40}));
  EXPECT_EQ(layout.nodes[6].center.x, layout.nodes[4].center.x);  // the first of the emptiest
}

TEST(Layout, AChainIsAStraightLine) {
  const auto graph = graph_of("a -> b -> c -> d");
  const auto layout = lay_out(graph, std::vector<Box>(4, Box{{}, 60, 40}));
  for (const auto& box : layout.nodes) EXPECT_EQ(box.center.y, layout.nodes[0].center.y);
}

TEST(Layering, CrossingsAreCountedAsByTheirDefinition) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto layering = layer_graph(random_scene(seed).graph);
    std::vector<std::size_t> place(layering.items.size());
    for (const auto& column : layering.columns)
      for (std::size_t i = 0; i < column.size(); ++i) place[column[i]] = i;
    std::size_t crossings = 0;
    for (const auto& a : layering.items)
      for (const auto& b : layering.items)
        for (const auto to_a : a.right)
          for (const auto to_b : b.right)
            crossings += a.column == b.column &&
                         place[static_cast<std::size_t>(&a - layering.items.data())] <
                             place[static_cast<std::size_t>(&b - layering.items.data())] &&
                         place[to_a] > place[to_b];
    EXPECT_EQ(crossing_count(layering), crossings);
  }
}

TEST(Layering, UntanglesWhatCanBeUntangled) {
  const auto graph = graph_of("a; b; c; d; e; f; a -> f; b -> e; c -> d");
  EXPECT_EQ(crossing_count(layer_graph(graph)), 0U);
  EXPECT_EQ(bend_count(graph_of("a -> b -> c -> d; a -> d")), 2U);
  const auto layering = layer_graph(graph_of("a -> b -> c -> d; a -> d"));
  EXPECT_EQ(layering.items.size(), 6U);
}

// Tags are balanced, attributes quoted, and '<' and '&' appear in their roles only.
void expect_well_formed(const std::string& xml) {
  std::vector<std::string> open;
  for (std::size_t i = 0; i < xml.size(); ++i) {
    if (xml[i] == '&') {
      const auto end = xml.find(';', i);
      const auto entity = xml.substr(i, end - i + 1);
      ASSERT_TRUE(entity == "&amp;" || entity == "&lt;" || entity == "&gt;" || entity == "&quot;" ||
                  entity == "&#39;")
          << entity;
    }
    if (xml[i] != '<') continue;
    const auto end = xml.find('>', i);
    ASSERT_NE(end, std::string::npos);
    const auto tag = xml.substr(i + 1, end - i - 1);
    ASSERT_EQ(tag.find('<'), std::string::npos) << tag;
    ASSERT_EQ(std::count(tag.begin(), tag.end(), '"') % 2, 0) << tag;
    if (tag.starts_with('/')) {
      ASSERT_FALSE(open.empty());
      ASSERT_EQ(open.back(), tag.substr(1));
      open.pop_back();
    } else if (!tag.ends_with('/')) {
      open.push_back(tag.substr(0, tag.find(' ')));
    }
    i = end;
  }
  EXPECT_TRUE(open.empty());
}

TEST(DrawSvg, IsWellFormedAndTheSameEachTime) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto graph = random_scene(seed).graph;
    DrawOptions options;
    options.intervened = {0};
    options.highlighted = {0};
    for (const NodeId parent : graph.parents(0)) options.cut.push_back({parent, 0});
    const auto svg = draw_svg(graph, options);
    expect_well_formed(svg);
    EXPECT_EQ(svg, draw_svg(graph, options));
    const auto drawn = svg.substr(svg.find("</style>"));
    EXPECT_EQ(drawn.find("nan"), std::string::npos);
    EXPECT_EQ(drawn.find("inf"), std::string::npos);
  }
}

TEST(DrawSvg, EscapesNamesLabelsAndTitle) {
  const auto graph = graph_of("\"</text><script>\" -> \"a & 'b' \\\"c\\\"\"");
  DrawOptions options;
  options.title = "<b>&";
  const auto svg = draw_svg(graph, options);
  expect_well_formed(svg);
  EXPECT_EQ(svg.find("<script"), std::string::npos);
  EXPECT_NE(svg.find("&lt;/text&gt;&lt;script&gt;</text>"), std::string::npos);
  EXPECT_NE(svg.find("a &amp; &#39;b&#39; &quot;c&quot;"), std::string::npos);
  EXPECT_NE(svg.find("<title>&lt;b&gt;&amp;</title>"), std::string::npos);
}

TEST(DrawSvg, ShowsRolesLatentsInterventionsAndCuts) {
  const auto graph =
      graph_of("z -> x -> y; x <-> y; u -> x; u [latent]; x [exposure]; y [outcome]");
  DrawOptions options;
  options.intervened = {1};
  options.cut = {{0, 1}, {3, 1}};
  options.labels = {"instrument"};
  const auto svg = draw_svg(graph, options);
  const auto count = [&](std::string_view part) {
    std::size_t found = 0;
    for (auto at = svg.find(part); at != std::string::npos; at = svg.find(part, at + 1)) ++found;
    return found;
  };
  EXPECT_EQ(count(">cut</text>"), 3U);  // two directed edges, and x <-> y
  EXPECT_EQ(count("<rect class=\"ring exposure\""), 1U);
  EXPECT_EQ(count("<rect class=\"node outcome\""), 1U);
  EXPECT_EQ(count("<ellipse class=\"node latent\""), 1U);
  EXPECT_EQ(count("class=\"head"), 5U);
  EXPECT_EQ(count(">instrument</text>"), 1U);
  EXPECT_EQ(count("role=\"img\""), 1U);
  EXPECT_NE(svg.find("<desc>4 nodes: z causes x (cut); x causes y; u causes x (cut); "
                     "x and y share a latent cause (cut); u is latent; x is set by "
                     "intervention.</desc>"),
            std::string::npos);
  EXPECT_EQ(svg.find(" color=\""), std::string::npos);
  options.dark = true;
  EXPECT_NE(draw_svg(graph, options).find(" color=\"#e6e8eb\""), std::string::npos);
}

TEST(DrawSvg, EmptyAndOverlargeGraphsAreDrawnAsWell) {
  expect_well_formed(draw_svg(Graph()));
  const auto nodes = [](std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += "v" + std::to_string(i) + "\n";
    return graph_of(text);
  };
  EXPECT_EQ(draw_svg(nodes(300)).find("too many"), std::string::npos);
  EXPECT_NE(draw_svg(nodes(301)).find("301 nodes and 0 edges are too many to draw"),
            std::string::npos);
}

}  // namespace
}  // namespace causal_gym

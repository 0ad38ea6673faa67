// Construction, accessors, relations and surgery; every error of Graph::create.
#include "engine/graph/graph.h"

#include <gtest/gtest.h>

#include "engine/graph/node_name.h"
#include "engine/graph/paths.h"
#include "engine/graph/relations.h"
#include "engine/graph/surgery.h"
#include "engine/graph/test_graphs.h"

namespace causal_gym {
namespace {

using test::graph_of;
using test::letter_nodes;

Error create_error(std::vector<Node> nodes, std::vector<Edge> directed,
                   std::vector<Edge> bidirected = {}, const Limits& limits = {}) {
  auto graph = Graph::create(std::move(nodes), std::move(directed), std::move(bidirected), limits);
  return graph ? Error{} : graph.error();
}

std::vector<Node> named(const std::string& name) {
  std::vector<Node> nodes(1);
  nodes[0].name = name;
  return nodes;
}

TEST(Graph, AnswersAboutNodesAndEdges) {
  const auto graph = graph_of(
      "season -> rain; season -> sprinkler; rain -> wet <- sprinkler\n"
      "rain <-> wet; u [latent]");
  EXPECT_EQ(graph.node_count(), 5U);
  EXPECT_EQ(graph.name(3), "wet");
  EXPECT_EQ(graph.find("sprinkler"), 2);
  EXPECT_EQ(graph.find("sprinklers"), std::nullopt);
  EXPECT_TRUE(graph.has_edge(0, 1) && !graph.has_edge(1, 0) && graph.has_edge(2, 3));
  EXPECT_TRUE(graph.has_bidirected_edge(3, 1) && graph.has_bidirected_edge(1, 3));
  EXPECT_FALSE(graph.has_bidirected_edge(0, 1));
  EXPECT_EQ(NodeSet(graph.parents(3)), (NodeSet{1, 2}));
  EXPECT_EQ(NodeSet(graph.children(0)), (NodeSet{1, 2}));
  EXPECT_EQ(NodeSet(graph.spouses(3)), (NodeSet{1}));
  EXPECT_EQ(graph.observed_nodes(), (NodeSet{0, 1, 2, 3}));
  EXPECT_EQ(graph.latent_nodes(), (NodeSet{4}));
}

TEST(Graph, RequireSuggestsTheNearestSpelling) {
  const auto found = graph_of("season -> rain").require("rian");
  ASSERT_FALSE(found);
  EXPECT_EQ(error_text(found.error()),
            "unknown_name: no node 'rian' in the graph; did you mean 'rain'?");
}

TEST(Graph, TopologicalOrderTakesTheSmallestReadyNode) {
  const auto graph = graph_of("d; c; b; a; a -> d; b -> c");
  const auto order = graph.topological_order();
  EXPECT_EQ(std::vector<NodeId>(order.begin(), order.end()), (std::vector<NodeId>{2, 1, 3, 0}));
}

TEST(Graph, EqualityIgnoresTheOrderOfEdgesButNotTheNodes) {
  EXPECT_EQ(graph_of("a; b; c; a -> b; b -> c"), graph_of("a; b; c; b -> c; a -> b"));
  EXPECT_NE(graph_of("a; b; a -> b"), graph_of("a; b; b -> a"));
  EXPECT_NE(graph_of("a -> b"), graph_of("a <-> b"));
  EXPECT_NE(graph_of("a; b"), graph_of("b; a"));
  EXPECT_NE(graph_of("a"), graph_of("a [latent]"));
}

TEST(GraphCreate, ReportsEachFault) {
  EXPECT_EQ(create_error(named(""), {}).code, ErrorCode::invalid_argument);
  EXPECT_EQ(create_error(named("a\nb"), {}).code, ErrorCode::invalid_argument);
  EXPECT_EQ(create_error(named("\xC3"), {}).code, ErrorCode::invalid_argument);
  auto twice = letter_nodes(2);
  twice[1].name = "a";
  EXPECT_EQ(create_error(twice, {}).message, "the node 'a' is listed twice");
  EXPECT_EQ(create_error(letter_nodes(2), {{1, 1}}).message, "the edge 'b -> b' is a self-loop");
  EXPECT_EQ(create_error(letter_nodes(2), {}, {{0, 0}}).message,
            "the edge 'a <-> a' is a self-loop");
  EXPECT_EQ(create_error(letter_nodes(2), {{0, 1}, {0, 1}}).message,
            "the edge 'a -> b' is listed twice");
  EXPECT_EQ(create_error(letter_nodes(2), {}, {{0, 1}, {1, 0}}).message,
            "the edge 'a <-> b' is listed twice");
  EXPECT_EQ(create_error(letter_nodes(2), {{0, 2}}).code, ErrorCode::invalid_argument);
  EXPECT_EQ(create_error(letter_nodes(2), {{-1, 0}}).code, ErrorCode::invalid_argument);
}

TEST(GraphCreate, ShowsAShortestCycleThroughItsSmallestNode) {
  const auto error = create_error(letter_nodes(5), {{3, 4}, {1, 2}, {2, 3}, {3, 1}, {0, 1}});
  EXPECT_EQ(error.code, ErrorCode::cyclic_graph);
  EXPECT_EQ(error.message, "the directed edges form a cycle: b -> c -> d -> b");
}

TEST(GraphCreate, HoldsItsLimitsAtTheEdge) {
  Limits limits;
  limits.nodes = 3;
  limits.edges = 2;
  limits.name_length = 4;
  EXPECT_EQ(create_error(letter_nodes(3), {{0, 1}}, {{0, 1}}, limits), Error{});
  EXPECT_EQ(create_error(letter_nodes(4), {}, {}, limits).code, ErrorCode::limit_exceeded);
  EXPECT_EQ(create_error(letter_nodes(3), {{0, 1}, {1, 2}}, {{0, 1}}, limits).code,
            ErrorCode::limit_exceeded);
  EXPECT_EQ(create_error(named("abcd"), {}, {}, limits), Error{});
  EXPECT_EQ(create_error(named("abcde"), {}, {}, limits).code, ErrorCode::limit_exceeded);
}

TEST(NodeName, AcceptsUtf8AndRefusesWhatIsNot) {
  for (const auto* good : {"a", "größe", "血圧", "😀", "a b", "\"", "\\"})
    EXPECT_TRUE(check_node_name(good, {})) << good;
  for (const auto* bad : {"\x80", "\xC0\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE2\x82",
                          "\xF0\x80\x80\x80", "a\x7F", "\xC2\x85", "\t"})
    EXPECT_FALSE(check_node_name(bad, {})) << bad;
}

TEST(Relations, FollowTheDefinitionOnRandomGraphs) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed, 3);
    const auto graph =
        test::random_graph({.nodes = 1 + seed % 90, .directed = 0.05, .bidirected = 0.02}, rng);
    const auto reach = test::directed_closure(graph);
    const auto n = static_cast<NodeId>(graph.node_count());
    const auto v = static_cast<NodeId>(rng.below(graph.node_count()));
    const auto up = ancestors(graph, {v});
    const auto down = descendants(graph, {v});
    for (NodeId w = 0; w < n; ++w) {
      EXPECT_EQ(down.contains(w), reach[static_cast<std::size_t>(v)][static_cast<std::size_t>(w)]);
      EXPECT_EQ(up.contains(w), reach[static_cast<std::size_t>(w)][static_cast<std::size_t>(v)]);
      EXPECT_EQ(children(graph, {v}).contains(w), graph.has_edge(v, w));
      EXPECT_EQ(parents(graph, {v}).contains(w), graph.has_edge(w, v));
    }
    // Districts partition the nodes, and no bidirected edge leaves one.
    NodeSet all;
    for (const auto& district : districts(graph)) {
      EXPECT_FALSE(all.intersects(district));
      all |= district;
      for (const NodeId w : district) EXPECT_TRUE(NodeSet(graph.spouses(w)).is_subset_of(district));
    }
    EXPECT_EQ(all, graph.all_nodes());
  }
}

TEST(Districts, AreOrderedAndRestrictedToTheInducedSubgraph) {
  const auto graph = graph_of("a; b; c; d; a <-> c <-> d");
  EXPECT_EQ(districts(graph), (std::vector<NodeSet>{{0, 2, 3}, {1}}));
  EXPECT_EQ(districts(graph, {0, 1, 3}), (std::vector<NodeSet>{{0}, {1}, {3}}));
}

TEST(Surgery, CutsWhatItNames) {
  const auto graph = graph_of("a; x; y; a -> x -> y; a <-> x; x <-> y; a -> y");
  EXPECT_EQ(cut_incoming(graph, {1}), graph_of("a; x; y; x -> y; a -> y"));
  EXPECT_EQ(cut_outgoing(graph, {1}), graph_of("a; x; y; a -> x; a <-> x; x <-> y; a -> y"));
  const std::vector<Edge> removed = {{0, 2}, {2, 0}};
  EXPECT_EQ(remove_directed_edges(graph, removed), graph_of("a; x; y; a -> x -> y; a <-> x <-> y"));
  EXPECT_EQ(induced_subgraph(graph, {1, 2}), graph_of("x -> y; x <-> y"));
  EXPECT_EQ(induced_subgraph(graph, {}), Graph());
}

TEST(LargeGraph, AChainOfAHundredThousandNodesIsNoTrouble) {
  constexpr std::size_t n = 100'000;
  Limits limits;
  limits.nodes = limits.edges = n;
  limits.graph_text_bytes = 16 << 20;
  limits.path_search_steps = 10 * n;
  std::string text;
  for (std::size_t i = 0; i < n; ++i) text += (i == 0 ? "v" : " -> v") + std::to_string(i);
  const auto graph = parse_graph(text, limits).value();
  const auto last = static_cast<NodeId>(n - 1);
  EXPECT_EQ(ancestors(graph, {last}).size(), n);
  const auto answer = separation(graph, {0}, {last}, {}).value();
  ASSERT_TRUE(answer.open_path.has_value());
  EXPECT_EQ(answer.open_path->nodes.size(), n);
  EXPECT_TRUE(separation(graph, {0}, {last}, {50'000})->separated);
  const auto listing = list_paths(graph, 0, last, {}, limits).value();
  EXPECT_TRUE(listing.complete && listing.paths.size() == 1 && listing.paths[0].open);
  EXPECT_EQ(latent_projection(graph, limits).value(), graph);
  EXPECT_EQ(parse_dot(write_dot(graph), limits).value(), graph);
  auto closed = parse_graph(text + " -> v0", limits);
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().code, ErrorCode::cyclic_graph);
}

}  // namespace
}  // namespace causal_gym

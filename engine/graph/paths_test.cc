// Listings of paths against plain recursion.
#include "engine/graph/paths.h"

#include <gtest/gtest.h>

#include "engine/graph/test_graphs.h"

namespace causal_gym {
namespace {

using test::graph_of;

bool comes_before(const Path& a, const Path& b) {
  return std::tuple(a.nodes.size(), a.nodes, a.steps) <
         std::tuple(b.nodes.size(), b.nodes, b.steps);
}

PathKind naive_kind(const Graph& graph, const Path& path) {
  if (!graph.has_edge(path.nodes[0], path.nodes[1]) || path.steps[0] == Step::bidirected)
    return PathKind::back_door;
  for (const auto step : path.steps)
    if (step != Step::forward) return PathKind::other;
  return PathKind::causal;
}

TEST(ListPaths, EqualsPlainRecursionOnRandomGraphs) {
  std::size_t listed = 0;
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed, 4);
    const auto graph =
        test::random_graph({.nodes = 2 + seed % 6, .directed = 0.45, .bidirected = 0.2}, rng);
    const auto n = graph.node_count();
    const auto x = static_cast<NodeId>(rng.below(n));
    const auto y = static_cast<NodeId>((static_cast<std::size_t>(x) + 1 + rng.below(n - 1)) % n);
    NodeSet z;
    for (NodeId v = 0; v < static_cast<NodeId>(n); ++v)
      if (v != x && v != y && rng.below(3) == 0) z.insert(v);
    Limits limits;
    limits.listed_paths = 1'000'000;
    const auto listing = list_paths(graph, x, y, z, limits).value();
    EXPECT_TRUE(listing.complete);
    auto expected = test::naive_paths(graph, x, y);
    std::sort(expected.begin(), expected.end(), comes_before);
    ASSERT_EQ(listing.paths.size(), expected.size());
    const auto reach = test::directed_closure(graph);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const auto& path = listing.paths[i];
      ASSERT_EQ(path.path, expected[i]);
      EXPECT_EQ(path.blocked_by, test::naive_blockers(expected[i], reach, z));
      EXPECT_EQ(path.open, path.blocked_by.empty());
      EXPECT_EQ(path.open, is_open(graph, path.path, z));
      EXPECT_EQ(path.kind, naive_kind(graph, path.path));
    }
    listed += expected.size();
  }
  EXPECT_GT(listed, 5'000U);
}

TEST(ListPaths, TellsKindsApart) {
  const auto graph = graph_of("x -> y; x <- z -> y; x -> c <- y; x <-> y");
  const auto listing = list_paths(graph, 0, 1, {}).value();
  std::vector<std::string> lines;
  for (const auto& path : listing.paths)
    lines.push_back(path_text(graph, path.path) + ": " + std::string(path_kind_name(path.kind)) +
                    (path.open ? ", open" : ", blocked"));
  EXPECT_EQ(lines, (std::vector<std::string>{"x -> y: causal, open", "x <-> y: back_door, open",
                                             "x <- z -> y: back_door, open",
                                             "x -> c <- y: other, blocked"}));
}

TEST(ListPaths, ListsTheShortestWhenALimitStopsIt) {
  std::string text = "x; y";
  for (int i = 0; i < 8; ++i) {
    const auto v = "; v" + std::to_string(i);
    text += v + " <- x" + v + " -> y";
    for (int j = 0; j < i; ++j) text += v + " <- v" + std::to_string(j);
  }
  const auto graph = graph_of(text);
  Limits limits;
  limits.listed_paths = 8;
  const auto eight = list_paths(graph, 0, 1, {}, limits).value();
  EXPECT_FALSE(eight.complete);
  ASSERT_EQ(eight.paths.size(), 8U);
  for (const auto& path : eight.paths) EXPECT_EQ(path.path.nodes.size(), 3U);
  limits.path_search_steps = 1;
  EXPECT_FALSE(list_paths(graph, 0, 1, {}, limits)->complete);
}

TEST(ListPaths, IsCompleteWhenExactlyTheLimitExists) {
  Limits limits;
  limits.listed_paths = 1;
  EXPECT_TRUE(list_paths(graph_of("x -> y"), 0, 1, {}, limits)->complete);
  EXPECT_TRUE(list_paths(graph_of("x; y"), 0, 1, {}, limits)->paths.empty());
}

TEST(ListPaths, RefusesEndsThatAreEqualOrGiven) {
  const auto graph = graph_of("x -> y");
  EXPECT_EQ(list_paths(graph, 0, 0, {}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(list_paths(graph, 0, 1, {1}).error().code, ErrorCode::invalid_argument);
  CancellationSource source;
  source.cancel();
  EXPECT_EQ(list_paths(graph, 0, 1, {}, {}, source.token()).error().code, ErrorCode::cancelled);
}

}  // namespace
}  // namespace causal_gym

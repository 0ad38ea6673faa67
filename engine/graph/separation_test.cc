// Separation against two oracles: enumeration of paths, and moralisation of the canonical DAG.
#include "engine/graph/separation.h"

#include <gtest/gtest.h>

#include <set>

#include "engine/graph/relations.h"
#include "engine/graph/surgery.h"
#include "engine/graph/test_graphs.h"

namespace causal_gym {
namespace {

using test::graph_of;

NodeSet set_of_bits(std::uint64_t bits) {
  NodeSet set;
  for (NodeId v = 0; v < 64; ++v)
    if ((bits >> v & 1) != 0) set.insert(v);
  return set;
}

bool is_simple(const Path& path) {
  return std::set<NodeId>(path.nodes.begin(), path.nodes.end()).size() == path.nodes.size() &&
         path.nodes.size() == path.steps.size() + 1;
}

// The witness by the definition, not by is_open.
void expect_valid_witness(const Graph& graph, const Path& path, const NodeSet& x, const NodeSet& y,
                          const NodeSet& z) {
  ASSERT_TRUE(is_simple(path)) << path_text(graph, path);
  ASSERT_TRUE(is_open(graph, path, z)) << path_text(graph, path);
  ASSERT_TRUE(x.contains(path.nodes.front()) && y.contains(path.nodes.back()));
  ASSERT_FALSE(z.contains(path.nodes.front()) || z.contains(path.nodes.back()));
  ASSERT_TRUE(test::naive_blockers(path, test::directed_closure(graph), z).empty());
}

void expect_agreement(const Graph& graph, const NodeSet& x, const NodeSet& y, const NodeSet& z) {
  const auto answer = separation(graph, x, y, z).value();
  ASSERT_EQ(answer.separated, test::separated_by_moralisation(graph, x - z, y - z, z));
  ASSERT_EQ(answer.separated, !answer.open_path.has_value());
  if (answer.open_path) expect_valid_witness(graph, *answer.open_path, x, y, z);
}

TEST(Separation, AgreesWithBothOraclesOnEveryAdmgOfUpToFourNodes) {
  std::size_t graphs = 0;
  for (std::size_t n = 2; n <= 4; ++n)
    test::for_each_admg(n, [&](const Graph& graph) {
      ++graphs;
      const auto reach = test::directed_closure(graph);
      const auto graph_line = write_graph(graph);
      for (NodeId x = 0; x < static_cast<NodeId>(n); ++x)
        for (NodeId y = x + 1; y < static_cast<NodeId>(n); ++y) {
          SCOPED_TRACE(graph_line);
          const auto paths = test::naive_paths(graph, x, y);
          for (std::uint64_t bits = 0; bits < std::uint64_t{1} << n; ++bits) {
            const auto z = set_of_bits(bits);
            if (z.contains(x) || z.contains(y)) continue;
            expect_agreement(graph, {x}, {y}, z);
            const bool open = std::any_of(paths.begin(), paths.end(), [&](const Path& path) {
              return test::naive_blockers(path, reach, z).empty();
            });
            ASSERT_EQ(separation(graph, {y}, {x}, z)->separated, !open);
            ASSERT_EQ(connected_nodes(graph, {x}, z).contains(y), open);
            if (::testing::Test::HasFatalFailure()) return;
          }
        }
    });
  EXPECT_EQ(graphs, 6U + 200U + 34752U);
}

TEST(Separation, AgreesOnRandomGraphsOfEightNodesAndSetsThatMayOverlapTheGiven) {
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed, 1);
    const auto graph = test::random_graph(
        {.nodes = 3 + seed % 6, .directed = 0.1 + 0.4 * rng.uniform(), .bidirected = 0.15}, rng);
    const auto mask = (std::uint64_t{1} << graph.node_count()) - 1;
    const auto x = rng.below(mask + 1) & rng.below(mask + 1);
    const auto y = rng.below(mask + 1) & rng.below(mask + 1) & ~x;
    const auto z = rng.below(mask + 1) & rng.below(mask + 1);
    expect_agreement(graph, set_of_bits(x), set_of_bits(y), set_of_bits(z));
    const auto answer = separation(graph, set_of_bits(x), set_of_bits(y), set_of_bits(z));
    const auto reached = connected_nodes(graph, set_of_bits(x), set_of_bits(z));
    EXPECT_EQ(answer->separated, !reached.intersects(set_of_bits(y & ~z)));
    if (HasFatalFailure()) return;
  }
}

TEST(Separation, AChainOfBidirectedEdgesIsOpenedByItsMiddle) {
  const auto graph = graph_of("A <-> B <-> C");
  EXPECT_TRUE(separation(graph, {0}, {2}, {})->separated);
  const auto given_middle = separation(graph, {0}, {2}, {1}).value();
  ASSERT_FALSE(given_middle.separated);
  EXPECT_EQ(path_text(graph, *given_middle.open_path), "A <-> B <-> C");
}

TEST(Separation, AConditionedDescendantOfAColliderOpensIt) {
  const auto graph = graph_of("x -> c <- y; c -> d");
  EXPECT_EQ(path_text(graph, *separation(graph, {0}, {2}, {3})->open_path), "x -> c <- y");
}

TEST(Separation, GivenNodesAreTakenOutAndEmptySidesAreSeparated) {
  const auto graph = graph_of("x -> y");
  EXPECT_TRUE(separation(graph, {0}, {1}, {0})->separated);
  EXPECT_TRUE(separation(graph, {}, {1}, {})->separated);
  EXPECT_TRUE(separation(Graph(), {}, {}, {})->separated);
}

TEST(Separation, OverlappingSidesAreAnError) {
  const auto result = separation(graph_of("x -> y"), {0, 1}, {1}, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::invalid_argument);
  EXPECT_NE(result.error().message.find("'y'"), std::string::npos);
}

TEST(IsOpen, APathThatTheGraphDoesNotHaveIsNotOpen) {
  const auto graph = graph_of("x -> y");
  EXPECT_TRUE(is_open(graph, {{0, 1}, {Step::forward}}, {}));
  EXPECT_FALSE(is_open(graph, {{0, 1}, {Step::backward}}, {}));
  EXPECT_FALSE(is_open(graph, {{0, 1}, {Step::bidirected}}, {}));
  EXPECT_TRUE(is_open(graph, {{0}, {}}, {}));
}

TEST(PathText, QuotesNamesThatNeedIt) {
  const auto graph = graph_of("\"blood pressure\" <- z -> y; y <-> \"blood pressure\"");
  EXPECT_EQ(path_text(graph, {{0, 1, 2, 0}, {Step::backward, Step::forward, Step::bidirected}}),
            "\"blood pressure\" <- z -> y <-> \"blood pressure\"");
}

TEST(LatentProjection, KeepsEverySeparationAmongTheObserved) {
  std::size_t compared = 0;
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed, 2);
    const auto graph = test::random_graph({.nodes = 4 + seed % 5,
                                           .directed = 0.45,
                                           .bidirected = seed % 2 == 0 ? 0.0 : 0.15,
                                           .latent = 0.4},
                                          rng);
    const auto projected = latent_projection(graph).value();
    const auto observed = graph.observed_nodes().to_vector();
    ASSERT_EQ(projected.node_count(), observed.size());
    EXPECT_TRUE(projected.latent_nodes().empty());
    const auto lift = [&](const NodeSet& set) {
      NodeSet lifted;
      for (const NodeId v : set) lifted.insert(observed[static_cast<std::size_t>(v)]);
      return lifted;
    };
    const auto n = static_cast<NodeId>(observed.size());
    for (NodeId x = 0; x < n; ++x)
      for (NodeId y = x + 1; y < n; ++y)
        for (std::uint64_t bits = 0; bits < std::uint64_t{1} << n; ++bits) {
          const auto z = set_of_bits(bits);
          if (z.contains(x) || z.contains(y)) continue;
          ++compared;
          ASSERT_EQ(separation(projected, {x}, {y}, z)->separated,
                    test::separated_by_moralisation(graph, lift({x}), lift({y}), lift(z)));
        }
  }
  EXPECT_GT(compared, 10'000U);
}

TEST(LatentProjection, HasTheEdgesOfTheDefinition) {
  EXPECT_EQ(write_graph(*latent_projection(graph_of("a -> u -> b; u [latent]"))), "a -> b\n");
  EXPECT_EQ(write_graph(*latent_projection(graph_of("a <- u -> b; u [latent]"))), "a <-> b\n");
  EXPECT_EQ(write_graph(*latent_projection(graph_of("a <- u <-> w -> b; {u w} [latent]"))),
            "a <-> b\n");
  EXPECT_EQ(write_graph(*latent_projection(graph_of("a -> u <- b; u [latent]"))), "a\nb\n");
  EXPECT_EQ(write_graph(*latent_projection(graph_of("a <- u -> w -> b; a <-> b; u [latent]"))),
            "a\nw\nb\nw -> b\na <-> w\na <-> b\n");
}

}  // namespace
}  // namespace causal_gym

// Structural distances counted pair by pair.
#include "engine/graph/graph_distance.h"

#include <gtest/gtest.h>

#include "engine/graph/test_graphs.h"

namespace causal_gym {
namespace {

using test::graph_of;

TEST(GraphDistance, CountsPairsThatAreJoinedDifferently) {
  Rng rng(18, 0);
  for (int i = 0; i < 200; ++i) {
    const auto truth = test::random_graph({6, 0.4, 0.2, 0}, rng);
    const auto guess = test::random_graph({6, 0.4, 0.2, 0}, rng);
    std::size_t expected = 0;
    double right = 0;
    for (NodeId a = 0; a < 6; ++a)
      for (NodeId b = 0; b < a; ++b) {
        if (truth.has_edge(a, b) != guess.has_edge(a, b) ||
            truth.has_edge(b, a) != guess.has_edge(b, a))
          ++expected;
        if (truth.has_bidirected_edge(a, b) != guess.has_bidirected_edge(a, b)) ++expected;
        if (truth.has_edge(a, b) && guess.has_edge(a, b)) ++right;
        if (truth.has_edge(b, a) && guess.has_edge(b, a)) ++right;
      }
    const auto distance = graph_distance(truth, guess).value();
    EXPECT_EQ(distance.structural_hamming, expected);
    EXPECT_EQ(distance.differences.size(), expected);
    EXPECT_DOUBLE_EQ(distance.precision * static_cast<double>(guess.directed_edges().size()),
                     guess.directed_edges().empty() ? 0 : right);
    EXPECT_DOUBLE_EQ(distance.recall * static_cast<double>(truth.directed_edges().size()),
                     truth.directed_edges().empty() ? 0 : right);
    if (right > 0) {
      EXPECT_DOUBLE_EQ(distance.f1, 2 * distance.precision * distance.recall /
                                        (distance.precision + distance.recall));
    }
    EXPECT_EQ(graph_distance(guess, truth)->structural_hamming, expected);
    EXPECT_EQ(graph_distance(truth, truth)->structural_hamming, 0U);
  }
}

TEST(GraphDistance, SaysWhatDiffersWithNodesMatchedByName) {
  const auto truth = graph_of("a -> b; b -> c; c <-> d; e");
  const auto guess = graph_of("e -> d; c -> b; d; a");
  const auto distance = graph_distance(truth, guess).value();
  std::string text;
  for (const auto& difference : distance.differences)
    text += truth.name(difference.a) + truth.name(difference.b) + " " +
            std::string(edge_difference_name(difference.kind)) + ", ";
  EXPECT_EQ(text, "ab missing, bc reversed, ed extra, cd missing_bidirected, ");
  EXPECT_DOUBLE_EQ(distance.normalised, 4.0 / 20.0);
  EXPECT_EQ(graph_distance(guess, truth)->differences.back().kind,
            EdgeDifference::Kind::extra_bidirected);
}

TEST(GraphDistance, OfEmptyGraphsIsNothingAndOfOtherNodesAnError) {
  const auto nothing = graph_distance(Graph(), Graph()).value();
  EXPECT_EQ(nothing.structural_hamming, 0U);
  EXPECT_EQ(nothing.normalised, 0);
  EXPECT_EQ(nothing.f1, 1);
  const auto unguessed = graph_distance(graph_of("a -> b"), graph_of("a; b")).value();
  EXPECT_EQ(unguessed.precision, 1);
  EXPECT_EQ(unguessed.recall, 0);
  EXPECT_EQ(unguessed.f1, 0);
  EXPECT_EQ(graph_distance(graph_of("rain -> wet"), graph_of("rian -> wet")).error().code,
            ErrorCode::unknown_name);
}

}  // namespace
}  // namespace causal_gym

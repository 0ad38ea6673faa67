// Optimal adjustment sets on graphs of the literature.
#include "engine/identify/optimal_adjustment.h"

#include <gtest/gtest.h>

#include "engine/identify/test_sets.h"

namespace causal_gym {
namespace {

using test::causal_graph;
using test::named;

OptimalAdjustment best(const Graph& graph) {
  return optimal_adjustment_set(graph, named(graph, "x"), named(graph, "y")).value();
}

TEST(OptimalAdjustmentSet, HoldsWhatTellsOfTheOutcomeAndNotWhatTellsOfTheTreatment) {
  const auto graph = causal_graph("x <- z -> y; x -> m -> y; a -> x; b -> y; c -> m");
  const auto result = best(graph);
  EXPECT_EQ(result.status, Optimality::optimal);
  EXPECT_EQ(result.set, named(graph, "z b c"));
  EXPECT_EQ(result.minimal, named(graph, "z"));
  EXPECT_TRUE(result.minimal_is_optimal);
  EXPECT_EQ(result.reason, "nothing is hidden, so that {z, b, c} gives the most precise estimate");
}

// Smucler, Sapienza & Rotnitzky 2022: b helps where u matters more than a, else it only hurts.
TEST(OptimalAdjustmentSet, NeedNotExistWithAHiddenVariable) {
  const auto graph = causal_graph("a -> x; a -> b <- u -> y; x -> y; u [latent]");
  const auto result = best(graph);
  EXPECT_EQ(result.status, Optimality::not_guaranteed);
  EXPECT_EQ(result.set, std::nullopt);
  EXPECT_EQ(result.minimal, NodeSet{});
  EXPECT_EQ(result.reason,
            "with hidden variables no set need be the most precise in every model; among the "
            "minimal sets {} is");
}

TEST(OptimalAdjustmentSet, ExistsWithHiddenVariablesWhenAllThatIsSeenPrecedes) {
  const auto graph = causal_graph("x <- z -> y; x -> y; b -> y; z <-> b; x <-> a; a -> z");
  const auto result = best(graph);
  EXPECT_EQ(result.status, Optimality::optimal);
  EXPECT_EQ(result.set, named(graph, "z b"));
}

TEST(OptimalAdjustmentSet, SaysWhenThereIsNoneAndWhenThereIsNoEffect) {
  EXPECT_EQ(best(causal_graph("x -> y; x <-> y")).status, Optimality::no_valid_set);
  EXPECT_EQ(best(causal_graph("x -> y; x <-> y")).reason, "no adjustment set exists");
  const auto none = best(causal_graph("x; y -> c"));
  EXPECT_EQ(none.status, Optimality::not_guaranteed);
  EXPECT_EQ(none.reason,
            "some outcome does not descend from the treatment: that effect is zero; among the "
            "minimal sets {} is");
  const auto graph = causal_graph("x -> y; u -> y; u [latent]");
  EXPECT_EQ(optimal_adjustment_set(graph, {0}, {1}, named(graph, "u")).error().code,
            ErrorCode::invalid_argument);
}

TEST(OptimalityName, IsAWordForEach) {
  EXPECT_EQ(optimality_name(Optimality::optimal), "optimal");
  EXPECT_EQ(optimality_name(Optimality::not_guaranteed), "not_guaranteed");
  EXPECT_EQ(optimality_name(Optimality::no_valid_set), "no_valid_set");
}

}  // namespace
}  // namespace causal_gym

// Adjustment with external data under selection: verdicts, formulas and errors on small graphs.
#include "engine/identify/selection_adjustment.h"

#include <gtest/gtest.h>

#include "engine/identify/test_sets.h"

namespace causal_gym {
namespace {

using test::causal_graph;
using test::named;

// The outcome's cause t drives the selection; z confounds.
const char* const trial = "x <- z -> y; x -> y; t -> y; t -> s";

SelectionAdjustmentCheck check(const Graph& graph, const char* set, const char* external) {
  return check_selection_adjustment(graph, named(graph, "x"), named(graph, "y"),
                                    {named(graph, set), named(graph, external), named(graph, "s")})
      .value();
}

TEST(SelectionAdjustment, NeedsTheDistributionOfWhatDrivesTheSelection) {
  const auto graph = causal_graph(trial);
  EXPECT_EQ(check(graph, "z", "").reason,
            "the path y <- t -> s makes the outcome depend on the selection given {}");
  EXPECT_EQ(check(graph, "t", "t").reason,
            "the non-causal path x <- z -> y stays open among selected units");
  const auto right = check(graph, "z t", "t");
  EXPECT_TRUE(right.valid);
  EXPECT_EQ(right.type, SelectionType::type_3);
  EXPECT_EQ(right.reason,
            "adjusting for {z, t} among selected units gives the effect in the whole population, "
            "with the distribution of t there");
  EXPECT_EQ(check(graph, "z t", "z t").type, SelectionType::type_2);
  const auto found =
      find_selection_adjustment(graph, named(graph, "x"), named(graph, "y"), named(graph, "s"),
                                named(graph, "z"), named(graph, "t"))
          .value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->set, named(graph, "z t"));
  EXPECT_EQ(found->external, named(graph, "t"));
  EXPECT_EQ(selection_estimand_text(graph, named(graph, "x"), named(graph, "y"), *found),
            "sum_{z, t} P(y | x, z, t, s = 1) P(z | t, s = 1) P(t)");
  EXPECT_EQ(find_selection_adjustment(graph, named(graph, "x"), named(graph, "y"),
                                      named(graph, "s"), named(graph, "z t"), {})
                .value(),
            std::nullopt);
}

TEST(SelectionAdjustment, WithoutExternalDataIsTheCheckInASelectedPopulation) {
  const auto graph = causal_graph("x <- z -> y; x -> y; r -> x; r -> s; x -> m -> y");
  const auto result = check(graph, "z", "");
  EXPECT_TRUE(result.valid);
  EXPECT_EQ(result.type, SelectionType::type_1);
  EXPECT_EQ(check(graph, "m z", "").reason, "m lies on, or descends from, a causal path");
  EXPECT_EQ(selection_estimand_text(graph, named(graph, "x"), named(graph, "y"),
                                    {named(graph, "z"), {}, named(graph, "s")}),
            "sum_{z} P(y | x, z, s = 1) P(z | s = 1)");
}

TEST(SelectionAdjustment, RefusesSetsThatMakeNoSense) {
  const auto graph = causal_graph(trial);
  const auto error = [&](const char* x, const char* set, const char* external, const char* s) {
    const auto result =
        check_selection_adjustment(graph, named(graph, x), named(graph, "y"),
                                   {named(graph, set), named(graph, external), named(graph, s)});
    return result ? "" : result.error().message;
  };
  EXPECT_EQ(error("x", "z", "t", "s"),
            "'t' is in the set measured without selection but not in the adjustment set");
  EXPECT_EQ(error("x", "z", "", ""), "the selection is empty");
  EXPECT_EQ(error("x", "z s", "", "s"), "'s' is both in the adjustment set and in the selection");
  EXPECT_EQ(error("y", "z", "", "s"), "'y' is both in the treatment and in the outcome");
}

}  // namespace
}  // namespace causal_gym

// Adjustment on graphs of the literature: verdicts with their witnesses, sets, bounds, errors.
#include "engine/identify/adjustment.h"

#include <gmock/gmock.h>

#include "engine/expression/print.h"
#include "engine/identify/test_sets.h"

namespace causal_gym {
namespace {

using test::causal_graph;
using test::named;
using test::names_of;

AdjustmentCheck check(const Graph& graph, const std::string& set, const std::string& x = "x",
                      const std::string& y = "y") {
  return check_adjustment(graph, named(graph, x), named(graph, y), named(graph, set)).value();
}

TEST(CheckAdjustment, AConfounderMustBeInTheSet) {
  const auto graph = causal_graph("x <- z -> y; x -> y");
  const auto without = check(graph, "");
  EXPECT_FALSE(without.valid);
  EXPECT_EQ(without.reason, "the non-causal path x <- z -> y stays open");
  ASSERT_TRUE(without.open_path);
  const auto with = check(graph, "z");
  EXPECT_TRUE(with.valid);
  EXPECT_TRUE(with.back_door);
  EXPECT_EQ(with.reason, "adjusting for z blocks every non-causal path from x to y");
}

TEST(CheckAdjustment, AMediatorAndWhatFollowsItAreForbidden) {
  const auto graph = causal_graph("x -> m -> y; m -> w; y -> after");
  EXPECT_EQ(check(graph, "").reason, "every non-causal path from x to y is blocked already");
  for (const auto* set : {"m", "w", "after"}) {
    const auto refused = check(graph, set);
    EXPECT_FALSE(refused.valid) << set;
    EXPECT_EQ(refused.reason,
              std::string(set) + " lies on, or descends from, a causal path from x to y");
  }
  const auto both = check(graph, "m w");
  EXPECT_EQ(both.forbidden, named(graph, "m w").to_vector());
  EXPECT_EQ(both.reason, "{m, w} lie on, or descend from, causal paths from x to y");
}

TEST(CheckAdjustment, ADescendantOfTheTreatmentOffEveryCausalPathMayBeIn) {
  const auto graph = causal_graph("x -> y; x -> d");
  const auto result = check(graph, "d");
  EXPECT_TRUE(result.valid);
  EXPECT_FALSE(result.back_door);
}

TEST(CheckAdjustment, AdjustingForAColliderOpensAPath) {
  const auto graph = causal_graph("a -> x; a -> m <- b; b -> y; x -> y");  // M-bias
  EXPECT_TRUE(check(graph, "").valid);
  EXPECT_EQ(check(graph, "m").reason, "the non-causal path x <- a -> m <- b -> y stays open");
  EXPECT_TRUE(check(graph, "m a").valid);
}

TEST(CheckAdjustment, ALatentCommonCauseCannotBeBlocked) {
  const auto arc = causal_graph("x -> y; x <-> y");
  EXPECT_EQ(check(arc, "").reason, "the non-causal path x <-> y stays open");
  const auto node = causal_graph("x -> y; x <- u -> y; u [latent]; z -> x");
  EXPECT_FALSE(check(node, "z").valid);
}

TEST(CheckAdjustment, TakesSetsOfTreatmentsAndOutcomes) {
  const auto graph = causal_graph("x1 -> x2 <- z -> y1; x1 -> y1; x2 -> y2; x1 <- z");
  EXPECT_TRUE(check(graph, "z", "x1 x2", "y1 y2").valid);
  EXPECT_FALSE(check(graph, "", "x1 x2", "y1 y2").valid);
  // The path x2 <- x1 -> y1 is not proper: it leaves the treatments at x1.
  const auto joint = causal_graph("x1 -> x2 -> y; x1 -> y");
  EXPECT_TRUE(check(joint, "", "x1 x2").valid);
  EXPECT_TRUE(check(joint, "", "x1 x2").back_door);
}

TEST(ForbiddenNodes, DescendFromProperCausalPathsThroughLatentNodesToo) {
  const auto graph = causal_graph("x -> l -> y; l -> p; x -> d; l [latent]; z -> x");
  EXPECT_EQ(forbidden_nodes(graph, named(graph, "x"), named(graph, "y")), named(graph, "l p y"));
  EXPECT_EQ(forbidden_nodes(graph, named(graph, "d"), named(graph, "y")), NodeSet{});
}

TEST(MinimalAdjustmentSets, OfPearlsSixVariableGraph) {
  // Pearl 2009, figure 3.4.
  const auto graph = causal_graph(
      "z1 -> z3; z1 -> z4; z2 -> z4; z2 -> z5; z3 -> x; z4 -> x; z4 -> y; z5 -> y; x -> z6 -> y");
  const auto x = named(graph, "x");
  const auto y = named(graph, "y");
  const auto listing = minimal_adjustment_sets(graph, x, y).value();
  EXPECT_TRUE(listing.complete);
  EXPECT_THAT(listing.sets, testing::ElementsAre(named(graph, "z1 z4"), named(graph, "z3 z4"),
                                                 named(graph, "z4 z2"), named(graph, "z4 z5")));
  EXPECT_EQ(find_adjustment_set(graph, x, y).value(), named(graph, "z4 z5"));
  const auto bounded =
      minimal_adjustment_sets(graph, x, y, {named(graph, "z1"), named(graph, "z4"), 10}).value();
  EXPECT_TRUE(bounded.sets.empty());
  const auto must = find_adjustment_set(graph, x, y, named(graph, "z1")).value();
  EXPECT_EQ(must, named(graph, "z1 z4"));
  EXPECT_EQ(find_adjustment_set(graph, x, y, {}, named(graph, "z4")).value(), std::nullopt);
}

TEST(MinimalAdjustmentSets, AreListedOnceEachWhenOneMemberShieldsTwo) {
  const auto graph = causal_graph("x <- {u v} <- w -> y; x -> y");
  EXPECT_THAT(minimal_adjustment_sets(graph, named(graph, "x"), named(graph, "y")).value().sets,
              testing::ElementsAre(named(graph, "w"), named(graph, "u v")));
}

TEST(MinimalAdjustmentSets, StopAtTheLimitAndAtACancellation) {
  std::string text;  // ten confounding chains of two: 2^10 minimal sets
  for (const auto* name : {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"})
    text.append("x <- ").append(name).append("1 <- ").append(name).append("2 -> y; ");
  const auto graph = causal_graph(text);
  const auto x = named(graph, "x");
  const auto y = named(graph, "y");
  const auto all = minimal_adjustment_sets(graph, x, y, {{}, {}, 1024}).value();
  EXPECT_EQ(all.sets.size(), 1024U);
  EXPECT_TRUE(all.complete);
  const auto cut = minimal_adjustment_sets(graph, x, y, {{}, {}, 1023}).value();
  EXPECT_EQ(cut.sets.size(), 1023U);
  EXPECT_FALSE(cut.complete);
  CancellationSource source;
  source.cancel();
  EXPECT_FALSE(minimal_adjustment_sets(graph, x, y, {}, source.token()).value().complete);
}

TEST(MinimalAdjustmentSets, AreNoneWhenARequiredMemberIsForbidden) {
  const auto graph = causal_graph("x -> m -> y");
  const auto m = named(graph, "m");
  EXPECT_TRUE(minimal_adjustment_sets(graph, {0}, {2}, {m, {}, 10}).value().sets.empty());
  EXPECT_EQ(find_adjustment_set(graph, {0}, {2}, m).value(), std::nullopt);
  EXPECT_THAT(minimal_adjustment_sets(graph, {0}, {2}).value().sets,
              testing::ElementsAre(NodeSet{}));
}

TEST(MinimalAdjustmentSets, OfAThousandNodesAreListedInPolynomialTime) {
  std::string text = "x -> y; ";  // one chain of 998 confounders, each of which blocks it alone
  for (int i = 0; i < 997; ++i)
    text += "c" + std::to_string(i) + " <- c" + std::to_string(i + 1) + "; ";
  const auto graph = causal_graph(text + "x <- c0; c997 -> y");
  const auto listing =
      minimal_adjustment_sets(graph, named(graph, "x"), named(graph, "y"), {{}, {}, 2000}).value();
  EXPECT_TRUE(listing.complete);
  EXPECT_EQ(listing.sets.size(), 998U);
}

constexpr AdjustmentScope direct{EffectReach::direct, {}};

TEST(DirectEffect, NeedsTheMediatorAndWhatConfoundsItWithTheOutcome) {
  const auto graph = causal_graph("x -> y; x -> m -> y; m <- c -> y; y -> after");
  const auto x = named(graph, "x");
  const auto y = named(graph, "y");
  EXPECT_EQ(check_adjustment(graph, x, y, {}, direct)->reason, "the path x -> m -> y stays open");
  EXPECT_EQ(check_adjustment(graph, x, y, named(graph, "m"), direct)->reason,
            "the path x -> m <- c -> y stays open");
  EXPECT_EQ(check_adjustment(graph, x, y, named(graph, "m c"), direct)->reason,
            "adjusting for {m, c} blocks every path from x to y but the edge");
  EXPECT_EQ(check_adjustment(graph, x, y, named(graph, "m c after"), direct)->reason,
            "after descends from the outcome");
  EXPECT_THAT(minimal_adjustment_sets(graph, x, y, {{}, {}, 10, direct})->sets,
              testing::ElementsAre(named(graph, "m c")));
  EXPECT_EQ(find_adjustment_set(graph, x, y, {}, named(graph, "m"), direct).value(), std::nullopt);
}

TEST(SelectedPopulation, MayNotBeChosenByTheOutcomeOrByWhatIsAdjustedFor) {
  const auto graph = causal_graph("x <- z -> y; x -> y; y -> s1; z -> s2; r -> s3; r -> x");
  const auto x = named(graph, "x");
  const auto y = named(graph, "y");
  const auto z = named(graph, "z");
  const auto in = [&](const char* selected) {
    return AdjustmentScope{EffectReach::total, named(graph, selected)};
  };
  EXPECT_EQ(check_adjustment(graph, x, y, z, in("s1"))->reason,
            "the path y -> s1 makes the outcome depend on the selection");
  EXPECT_EQ(check_adjustment(graph, x, y, z, in("s2"))->reason,
            "the path y <- z -> s2 makes the outcome depend on the selection");
  EXPECT_TRUE(check_adjustment(graph, x, y, z, in("s3"))->valid);
  EXPECT_EQ(find_adjustment_set(graph, x, y, {}, {}, in("s3")).value(), z);
  EXPECT_TRUE(minimal_adjustment_sets(graph, x, y, {{}, {}, 10, in("s2")})->sets.empty());
  EXPECT_EQ(canonical_adjustment_set(graph, x, y, {{}, {}, 10, in("s1")}).value(), std::nullopt);
  EXPECT_EQ(minimum_adjustment_set(graph, x, y, {}, {{}, {}, 10, in("s3")}).value()->set, z);
  for (const auto* selected : {"x", "y", "z"}) {
    EXPECT_EQ(check_adjustment(graph, x, y, z, in(selected)).error().code,
              ErrorCode::invalid_argument);
  }
  EXPECT_EQ(
      check_adjustment(graph, x, y, z, {EffectReach::direct, named(graph, "s3")}).error().code,
      ErrorCode::invalid_argument);
}

TEST(CanonicalAdjustmentSet, HoldsEveryAncestorThatIsNotForbidden) {
  const auto graph =
      causal_graph("x <- z -> y; x -> m -> y; a -> x; b -> y; y -> c; l -> a; l [latent]");
  const auto x = named(graph, "x");
  const auto y = named(graph, "y");
  EXPECT_EQ(canonical_adjustment_set(graph, x, y).value(), named(graph, "z a b"));
  EXPECT_EQ(canonical_adjustment_set(graph, x, y, {{}, named(graph, "a"), 1, {}}).value(),
            named(graph, "z b"));
  EXPECT_EQ(canonical_adjustment_set(graph, x, y, {{}, named(graph, "z"), 1, {}}).value(),
            std::nullopt);
  EXPECT_EQ(canonical_adjustment_set(graph, x, y, {named(graph, "m"), {}, 1, {}}).value(),
            std::nullopt);
}

TEST(MinimumAdjustmentSet, PrefersTwoCheapNodesToADearOne) {
  const auto graph = causal_graph("x <- {u v} <- w -> y; x -> y");
  const auto x = named(graph, "x");
  const auto y = named(graph, "y");
  EXPECT_EQ(minimum_adjustment_set(graph, x, y).value()->set, named(graph, "w"));
  std::vector<double> weights(graph.node_count(), 1);
  weights[static_cast<std::size_t>(*named(graph, "w").begin())] = 3;
  EXPECT_EQ(minimum_adjustment_set(graph, x, y, weights).value()->set, named(graph, "u v"));
  weights[static_cast<std::size_t>(*named(graph, "w").begin())] = 2;  // a tie: nearest to y
  EXPECT_EQ(minimum_adjustment_set(graph, x, y, weights).value()->set, named(graph, "w"));
  EXPECT_EQ(
      minimum_adjustment_set(graph, x, y, weights, {named(graph, "u"), {}, 1, {}}).value()->set,
      named(graph, "u v"));
  EXPECT_EQ(minimum_adjustment_set(graph, x, y, weights).value()->weight, 2);
  weights.back() = -1;
  EXPECT_EQ(minimum_adjustment_set(graph, x, y, weights).error().code, ErrorCode::invalid_argument);
  weights.pop_back();
  EXPECT_EQ(minimum_adjustment_set(graph, x, y, weights).error().message,
            "there are 4 weights for 5 nodes");
  CancellationSource source;
  source.cancel();
  EXPECT_EQ(minimum_adjustment_set(graph, x, y, {}, {}, source.token()).error().code,
            ErrorCode::cancelled);
}

TEST(Adjustment, RefusesSetsThatMakeNoSense) {
  const auto graph = causal_graph("x <- z -> y; x -> y; u -> y; u [latent]");
  const auto x = named(graph, "x");
  const auto y = named(graph, "y");
  const auto u = named(graph, "u");
  const auto z = named(graph, "z");
  const auto code = [&](const NodeSet& a, const NodeSet& b, const NodeSet& set) {
    const auto result = check_adjustment(graph, a, b, set);
    return result ? ErrorCode::unavailable : result.error().code;
  };
  for (const auto& [a, b, set] : {std::tuple{NodeSet{}, y, z},
                                  {x, NodeSet{}, z},
                                  {x, x, z},
                                  {x, y, x},
                                  {x, y, y},
                                  {x, y, u},
                                  {u, y, z},
                                  {x, u, z},
                                  {x, y, NodeSet{700}}}) {
    EXPECT_EQ(code(a, b, set), ErrorCode::invalid_argument);
  }
  EXPECT_EQ(check_adjustment(graph, x, y, u).error().message,
            "'u' is latent and cannot be in the adjustment set");
  EXPECT_EQ(find_adjustment_set(graph, x, y, z, z).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(minimal_adjustment_sets(graph, x, y, {u, {}, 10}).error().code,
            ErrorCode::invalid_argument);
  EXPECT_TRUE(find_adjustment_set(graph, x, y, {}, u));
}

TEST(AdjustmentEstimand, SumsOverTheSet) {
  const auto graph = causal_graph("x; y; a; b");
  EXPECT_EQ(expression_text(adjustment_estimand({0}, {1}, {2, 3}), names_of(graph)),
            "sum_{a, b} P(y | x, a, b) P(a, b)");
  EXPECT_EQ(expression_text(adjustment_estimand({0}, {1}, {}), names_of(graph)), "P(y | x)");
}

}  // namespace
}  // namespace causal_gym

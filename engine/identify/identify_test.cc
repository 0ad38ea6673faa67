// Which strategy identifies what, with the estimand in text; values are proven in tests/exhaustive.
#include "engine/identify/identify.h"

#include <gmock/gmock.h>

#include "engine/expression/print.h"
#include "engine/identify/test_sets.h"

namespace causal_gym {
namespace {

using test::causal_graph;
using test::named;
using test::names_of;

Identification identify(const Graph& graph, const std::string& x, const std::string& y,
                        const std::string& given = "") {
  return identify_effect(graph, {named(graph, x), named(graph, y), named(graph, given)}).value();
}

// "adjustment: P(y | x)"
std::string answer(const std::string& text, const std::string& x, const std::string& y,
                   const std::string& given = "") {
  const auto graph = causal_graph(text);
  const auto result = identify(graph, x, y, given);
  const auto strategy = std::string(strategy_name(result.strategy));
  if (result.verdict != Verdict::identifiable) return "unknown";
  return strategy + ": " + expression_text(result.estimand, names_of(graph));
}

TEST(IdentifyEffect, PrefersTheSimplestStrategy) {
  EXPECT_EQ(answer("x -> y", "", "y", "x"), "none: P(y | x)");
  EXPECT_EQ(answer("y -> x; x <-> y", "x", "y"), "no_effect: P(y)");
  EXPECT_EQ(answer("x -> y", "x", "y"), "adjustment: P(y | x)");
  EXPECT_EQ(answer("x <- z -> y; x -> y", "x", "y"), "adjustment: sum_{z} P(y | x, z) P(z)");
  EXPECT_EQ(answer("x -> m -> y; x <-> y", "x", "y"),
            "front_door: sum_{m} P(m | x) sum_{x'} P(y | x', m) P(x')");
}

TEST(IdentifyEffect, DecidesWhatNoCriterionDoes) {
  const auto bow = identify(causal_graph("x -> y; x <-> y"), "x", "y");
  EXPECT_EQ(bow.verdict, Verdict::not_identifiable);
  EXPECT_EQ(bow.estimand, nullptr);
  ASSERT_TRUE(bow.hedge.has_value());
  EXPECT_EQ(bow.reason,
            "latent causes tie {x, y} together and all of it leads to y, so that what x does to y "
            "cannot be told from what they do (a hedge)");
  // The napkin graph (Pearl & Mackenzie 2018).
  const auto graph = causal_graph("w1 -> w2 -> x -> y; w1 <-> x; w1 <-> y");
  const auto napkin = identify(graph, "x", "y");
  EXPECT_EQ(napkin.strategy, Strategy::general);
  EXPECT_EQ(napkin.free, named(graph, "w2"));
  EXPECT_EQ(napkin.positive.size(), 3U);  // P(w1, w2), P(w1, w2, x) and the denominator
}

TEST(IdentifyEffect, GivesUpAtALimitAndSaysSo) {
  Limits limits;
  limits.identification_links = 1;
  const auto graph = causal_graph("w1 -> w2 -> x -> y; w1 <-> x; w1 <-> y");
  const auto result =
      identify_effect(graph, {named(graph, "x"), named(graph, "y"), {}}, {}, limits).value();
  EXPECT_EQ(result.verdict, Verdict::unknown);
  EXPECT_FALSE(result.hedge.has_value());
  EXPECT_NE(result.limit.find("over the limit of 1"), std::string::npos) << result.limit;
}

TEST(IdentifyEffect, DropsTreatmentsWithoutEffect) {
  const auto graph = causal_graph("x1 -> y -> x2; z -> x1; z -> y");
  const auto result = identify(graph, "x1 x2", "y");
  EXPECT_EQ(expression_text(result.estimand, names_of(graph)), "sum_{z} P(y | x1, z) P(z)");
  EXPECT_EQ(result.set, named(graph, "z"));
  EXPECT_EQ(result.reason,
            "setting x2 changes nothing (rule 3); adjusting for z blocks every non-causal path "
            "from x1 to y");
}

TEST(IdentifyEffect, AnswersConditionalEffectsThatAreCertain) {
  EXPECT_EQ(answer("x <- z -> y; x -> y", "x", "y", "z"), "adjustment: P(y | x, z)");
  EXPECT_EQ(answer("x <- w -> y; x -> y; w -> z", "x", "y", "z"),
            "adjustment: sum_{w} P(y | x, w, z) P(w | z)");
  EXPECT_EQ(answer("x -> m -> y", "x", "y", "m"), "no_effect: P(y | m)");
  EXPECT_EQ(answer("x <- w -> y; x -> y; x -> z; w -> z", "x", "y", "z"),
            "adjustment: (sum_{w} P(y, z | x, w) P(w)) / (sum_{w} P(z | x, w) P(w))");
  EXPECT_EQ(answer("x -> m -> y; x <-> y; m -> z", "x", "y", "z"),
            "front_door: (sum_{m} P(m | x) sum_{x'} P(y, z | x', m) P(x')) / "
            "(sum_{m} P(m | x) sum_{x'} P(z | x', m) P(x'))");
  EXPECT_EQ(answer("x -> y; x <-> y; z", "x", "y", "z"), "unknown");
}

TEST(IdentifyEffect, ReturnsObservedNodesOfTheGivenGraph) {
  const auto graph = causal_graph("u [latent]; x <- u -> z -> y; x -> y");
  EXPECT_EQ(identify(graph, "x", "y").set, named(graph, "z"));
}

TEST(IdentifyEffect, RefusesTargetsThatMakeNoSense) {
  const auto graph = causal_graph("x -> y; z; u -> y; u [latent]");
  const auto x = named(graph, "x");
  const auto y = named(graph, "y");
  const auto z = named(graph, "z");
  const auto u = named(graph, "u");
  for (const auto& target : std::vector<EffectTarget>{
           {x, {}, {}}, {x, x, {}}, {x, y, x}, {x, y, y}, {u, y, {}}, {x, u, {}}, {x, y, u}}) {
    const auto result = identify_effect(graph, target);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::invalid_argument);
  }
  CancellationSource source;
  source.cancel();
  EXPECT_EQ(identify_effect(graph, {x, y, {}}, source.token()).error().code, ErrorCode::cancelled);
}

TEST(StrategyName, IsTheWordOfAnswers) {
  EXPECT_EQ(strategy_name(Strategy::none), "none");
  EXPECT_EQ(strategy_name(Strategy::no_effect), "no_effect");
  EXPECT_EQ(strategy_name(Strategy::adjustment), "adjustment");
  EXPECT_EQ(strategy_name(Strategy::front_door), "front_door");
}

}  // namespace
}  // namespace causal_gym

// Explanations of adjustment sets: the words, on graphs of the literature.
#include "engine/identify/adjustment_explanation.h"

#include <gmock/gmock.h>

#include "engine/identify/test_sets.h"

namespace causal_gym {
namespace {

using test::causal_graph;
using test::named;
using testing::ElementsAre;

std::vector<std::string> explain(const Graph& graph, const std::string& set,
                                 const AdjustmentScope& scope = {}) {
  const auto explanation =
      explain_adjustment(graph, named(graph, "x"), named(graph, "y"), named(graph, set), scope);
  return explanation_text(graph, explanation.value());
}

TEST(ExplainAdjustment, ShowsTheCausalPathAForbiddenMemberLiesOnOrDescendsFrom) {
  const auto graph = causal_graph("x -> m -> y; m -> d -> e");
  EXPECT_THAT(explain(graph, "m"), ElementsAre("m lies on the causal path x -> m -> y"));
  EXPECT_THAT(explain(graph, "e"),
              ElementsAre("e descends from the causal path x -> m -> y by m -> d -> e"));
}

TEST(ExplainAdjustment, TellsAPathLeftOpenFromOneThatAMemberOpens) {
  const auto graph = causal_graph("a -> x; a -> m <- b; b -> y; x -> y; m -> d; x <- c -> y");
  EXPECT_THAT(explain(graph, ""), ElementsAre("the path x <- c -> y is open"));
  EXPECT_THAT(explain(graph, "c m"),
              ElementsAre("the path x <- a -> m <- b -> y is open: m opens it"));
  EXPECT_THAT(explain(graph, "c d"),
              ElementsAre("the path x <- a -> m <- b -> y is open: d opens it below m"));
}

TEST(ExplainAdjustment, SaysWhatEachMemberIsForAndWhetherFewerServe) {
  const auto graph = causal_graph("x <- z -> y; x -> y; r -> y");
  EXPECT_THAT(explain(graph, "z"), ElementsAre("without z the path x <- z -> y is open"));
  EXPECT_THAT(explain(graph, "z r"), ElementsAre("without z the path x <- z -> y is open",
                                                 "the set is valid without r too",
                                                 "the smaller set z is valid and minimal"));
}

TEST(ExplainAdjustment, KnowsDirectEffectsAndSelection) {
  const auto graph = causal_graph("x -> y; x -> m -> y; y -> d; d -> s");
  const AdjustmentScope direct{EffectReach::direct, {}};
  EXPECT_THAT(explain(graph, "", direct), ElementsAre("the path x -> m -> y is open"));
  EXPECT_THAT(explain(graph, "m", direct), ElementsAre("without m the path x -> m -> y is open"));
  EXPECT_THAT(explain(graph, "m d", direct),
              ElementsAre("d descends from the causal path x -> y by y -> d"));
  EXPECT_THAT(explain(graph, "", {EffectReach::total, named(graph, "s")}),
              ElementsAre("the path y -> d -> s makes the outcome depend on the selection"));
}

TEST(ExplainAdjustment, RefusesWhatTheCheckRefuses) {
  const auto graph = causal_graph("x -> y; u -> y; u [latent]");
  EXPECT_EQ(explain_adjustment(graph, {0}, {1}, named(graph, "u")).error().message,
            "'u' is latent and cannot be in the adjustment set");
  EXPECT_EQ(explain_adjustment(graph, {0}, {0}, {}).error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace causal_gym

// Optimal conditional instruments on small graphs.
#include "engine/identify/optimal_instruments.h"

#include <gtest/gtest.h>

#include "engine/identify/test_sets.h"

namespace causal_gym {
namespace {

using test::causal_graph;
using test::named;

std::optional<OptimalInstruments> best(const Graph& graph) {
  return optimal_instruments(graph, *named(graph, "x").begin(), *named(graph, "y").begin()).value();
}

TEST(OptimalInstruments, AreAllCausesOfTheTreatmentGivenAllCausesOfTheOutcome) {
  const auto graph = causal_graph("{a b} -> x -> m -> y; x <-> y; c -> y; m -> d");
  const auto pair = best(graph);
  ASSERT_TRUE(pair);
  EXPECT_EQ(pair->instruments, named(graph, "a b"));
  EXPECT_EQ(pair->given, named(graph, "c"));
}

TEST(OptimalInstruments, AreNotNamedWhereNoneIsKnownToBeBest) {
  EXPECT_FALSE(best(causal_graph("z -> x; y; x <-> y")));                     // no effect
  EXPECT_FALSE(best(causal_graph("x -> y; x <-> y; w -> y")));                // no instrument
  EXPECT_FALSE(best(causal_graph("z -> w; z -> x -> y; w <-> y; x <-> y")));  // z is given
}

TEST(OptimalInstruments, RefuseNodesThatMakeNoSense) {
  const auto graph = causal_graph("z -> x -> y; u -> x; u [latent]");
  EXPECT_EQ(optimal_instruments(graph, 1, 1).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(optimal_instruments(graph, *named(graph, "u").begin(), 2).error().message,
            "'u' is latent and cannot be in the treatment");
}

}  // namespace
}  // namespace causal_gym

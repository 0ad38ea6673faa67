// Instruments on graphs of the literature: verdicts with witnesses, sets, texts, errors.
#include "engine/identify/instruments.h"

#include <gmock/gmock.h>

#include "engine/identify/test_sets.h"

namespace causal_gym {
namespace {

using test::causal_graph;
using test::named;

NodeId node(const Graph& graph, const char* name) { return graph.require(name).value(); }

InstrumentCheck check(const Graph& graph, const char* z, const std::string& w = "",
                      EffectReach effect = EffectReach::total) {
  return check_instrument(graph, node(graph, "x"), node(graph, "y"), node(graph, z),
                          named(graph, w), effect)
      .value();
}

TEST(CheckInstrument, ARandomizedEncouragementIsOne) {
  const auto graph = causal_graph("z -> x -> y; x <-> y");
  const auto result = check(graph, "z");
  EXPECT_TRUE(result.valid);
  EXPECT_EQ(result.reason, "z moves x, and y only through it");
  EXPECT_EQ(path_text(graph, *result.relevance_path), "z -> x");
}

TEST(CheckInstrument, NamesTheFault) {
  const auto graph = causal_graph("w -> z -> x -> y; x <-> y; w -> y; i -> y; x -> d; y -> c");
  EXPECT_EQ(check(graph, "z").reason,
            "the path z <- w -> y is open and does not run through the effect");
  EXPECT_EQ(check(graph, "z").fault, InstrumentFault::open_path);
  EXPECT_TRUE(check(graph, "z", "w").valid);
  EXPECT_EQ(check(graph, "z", "w c").reason,
            "c is affected through what carries the effect and cannot be conditioned on");
  EXPECT_EQ(check(graph, "z", "w c").forbidden, named(graph, "c").to_vector());
  EXPECT_EQ(check(graph, "i").reason, "i says nothing about x");
  EXPECT_EQ(check(graph, "i").fault, InstrumentFault::not_relevant);
  EXPECT_EQ(check(graph, "i", "d").reason, "i says nothing about x given d");
}

TEST(CheckInstrument, OfADirectEffectMayConditionOnTheMediator) {
  const auto graph = causal_graph("z -> x -> y; x -> m -> y");
  EXPECT_TRUE(check(graph, "z").valid);
  EXPECT_EQ(check(graph, "z", "m").fault, InstrumentFault::forbidden_condition);
  EXPECT_FALSE(check(graph, "z", "", EffectReach::direct).valid);
  EXPECT_TRUE(check(graph, "z", "m", EffectReach::direct).valid);
  // With a hidden common cause of x and y the mediator opens the collider x.
  const auto confounded = causal_graph("z -> x -> y; x -> m -> y; x <-> y");
  EXPECT_EQ(check(confounded, "z", "m", EffectReach::direct).reason,
            "the path z -> x <-> y is open given m and does not run through the effect");
}

TEST(ListInstruments, GivesASetWithEach) {
  const auto graph = causal_graph("w -> z -> x -> y; x <-> y; w -> y; q -> x");
  const auto listed = list_instruments(graph, node(graph, "x"), node(graph, "y")).value();
  EXPECT_THAT(listed, testing::ElementsAre(Instrument{node(graph, "z"), named(graph, "w")},
                                           Instrument{node(graph, "q"), {}}));
  EXPECT_EQ(find_instrument(graph, node(graph, "x"), node(graph, "y"), node(graph, "z"),
                            EffectReach::total, named(graph, "w"))
                .value(),
            std::nullopt);
  CancellationSource source;
  source.cancel();
  EXPECT_EQ(list_instruments(graph, node(graph, "x"), node(graph, "y"), EffectReach::total, {},
                             source.token())
                .error()
                .code,
            ErrorCode::cancelled);
}

TEST(InstrumentTexts, SpellOutFormulaAndAssumptions) {
  const auto graph = causal_graph("w -> z -> x -> y; x <-> y; w -> y");
  const Instrument instrument{node(graph, "z"), named(graph, "w")};
  EXPECT_EQ(instrument_estimand_text(graph, node(graph, "x"), node(graph, "y"), instrument),
            "Cov(y, z | w) / Cov(x, z | w)");
  EXPECT_EQ(instrument_estimand_text(graph, node(graph, "x"), node(graph, "y"),
                                     {instrument.instrument, {}}),
            "Cov(y, z) / Cov(x, z)");
  const auto assumptions =
      instrument_assumptions(graph, node(graph, "x"), node(graph, "y"), instrument);
  std::vector<std::string> names;
  for (const auto& assumption : assumptions) names.push_back(assumption.name);
  EXPECT_THAT(names, testing::ElementsAre("relevance", "exclusion", "unconfoundedness", "linearity",
                                          "monotonicity"));
  EXPECT_EQ(assumptions[1].statement, "z affects y only through x given w");
  EXPECT_TRUE(assumptions[1].in_graph);
  EXPECT_FALSE(assumptions[4].in_graph);
  EXPECT_EQ(instrument_fault_name(InstrumentFault::none), "none");
  EXPECT_EQ(instrument_fault_name(InstrumentFault::forbidden_condition), "forbidden_condition");
  EXPECT_EQ(instrument_fault_name(InstrumentFault::not_relevant), "not_relevant");
  EXPECT_EQ(instrument_fault_name(InstrumentFault::open_path), "open_path");
}

TEST(Instruments, RefuseNodesThatMakeNoSense) {
  const auto graph = causal_graph("z -> x -> y; u -> x; u -> y; u [latent]; w -> z");
  const NodeId x = node(graph, "x");
  const NodeId y = node(graph, "y");
  const NodeId z = node(graph, "z");
  const NodeId u = node(graph, "u");
  for (const auto& [a, b, c, w] : {std::tuple{x, x, z, NodeSet{}},
                                   {x, y, x, NodeSet{}},
                                   {x, y, y, NodeSet{}},
                                   {x, y, u, NodeSet{}},
                                   {u, y, z, NodeSet{}},
                                   {x, y, z, NodeSet{z}},
                                   {x, y, z, NodeSet{x}},
                                   {x, y, z, NodeSet{y}},
                                   {x, y, z, NodeSet{u}},
                                   {x, y, z, NodeSet{700}}}) {
    EXPECT_EQ(check_instrument(graph, a, b, c, w).error().code, ErrorCode::invalid_argument);
  }
  EXPECT_EQ(check_instrument(graph, x, y, u, {}).error().message,
            "'u' is latent and cannot be in the instrument");
  EXPECT_EQ(list_instruments(graph, x, x).error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace causal_gym

// ID and IDC by published graphs: what comes out, with its text, and the hedges of those that fail.
#include "engine/identify/id.h"

#include <gtest/gtest.h>

#include "engine/expression/print.h"
#include "engine/expression/simplify.h"
#include "engine/identify/idc.h"
#include "engine/identify/test_sets.h"

namespace causal_gym {
namespace {

using test::causal_graph;
using test::named;
using test::names_of;

std::string estimand_text(const Graph& graph, const std::string& x, const std::string& y,
                          const std::string& z = "") {
  const auto rows = admg_rows(graph).value();
  const auto answer =
      identify_by_idc(rows, named(graph, x), named(graph, y), named(graph, z)).value();
  if (!answer.estimand) return hedge_text(graph, *answer.joint.hedge);
  const auto names = names_of(graph);
  return expression_text(simplify(answer.estimand).expression, names);
}

TEST(Id, GivesTheTextbookFormOfTheBackDoorEffect) {
  EXPECT_EQ(estimand_text(causal_graph("z -> x; z -> y; x -> y"), "x", "y"),
            "sum_{z} P(z) P(y | z, x)");
}

TEST(Id, GivesTheFrontDoorEffect) {
  EXPECT_EQ(estimand_text(causal_graph("x -> m -> y; x <-> y"), "x", "y"),
            "sum_{m} P(m | x) sum_{x'} P(x') P(y | x', m)");
}

// Pearl & Mackenzie 2018, figure 7.5. The sum over w1 stands above and below; w2 is free.
TEST(Id, KeepsTheFreeVariableOfTheNapkin) {
  const auto graph = causal_graph("w1 -> w2 -> x -> y; w1 <-> x; w1 <-> y");
  EXPECT_EQ(estimand_text(graph, "x", "y"),
            "(sum_{w1} P(w1) P(x | w1, w2) P(y | w1, w2, x)) / (sum_{w1} P(w1) P(x | w1, w2))");
}

TEST(Id, ShowsTheBowAsAHedge) {
  const auto graph = causal_graph("x -> y; x <-> y");
  const auto answer = identify_by_id(admg_rows(graph).value(), {0}, {1}).value();
  ASSERT_TRUE(answer.hedge.has_value());
  EXPECT_EQ(answer.hedge->outer, (NodeSet{0, 1}));
  EXPECT_EQ(answer.hedge->inner, NodeSet{1});
  EXPECT_EQ(answer.hedge->roots, NodeSet{1});
  EXPECT_TRUE(check_hedge(graph, *answer.hedge));
}

TEST(Id, StopsAtItsLimitAndWhenCancelled) {
  const auto graph = causal_graph("x -> m -> y; x <-> y");
  const auto rows = admg_rows(graph).value();
  Limits limits;
  limits.identification_links = 1;
  EXPECT_EQ(identify_by_id(rows, {0}, {2}, limits).error().code, ErrorCode::limit_exceeded);
  CancellationSource source;
  source.cancel();
  EXPECT_EQ(identify_by_id(rows, {0}, {2}, {}, source.token()).error().code, ErrorCode::cancelled);
}

TEST(Idc, SetsWhatMayBeSetWhateverTheOrderOfConditions) {
  for (const auto* text : {"x -> m -> y; a -> y; a <-> x", "a <-> x; a -> y; x -> m -> y"}) {
    const auto graph = causal_graph(text);
    const auto answer = identify_by_idc(admg_rows(graph).value(), named(graph, "x"),
                                        named(graph, "y"), named(graph, "a m"))
                            .value();
    EXPECT_EQ(answer.set_instead, named(graph, "a m")) << text;
    EXPECT_EQ(estimand_text(graph, "x", "y", "a m"),
              text[0] == 'x' ? "P(y | m, a)" : "P(y | a, m)");
  }
}

TEST(CheckHedge, NamesThePartOfTheDefinitionThatFails) {
  const auto graph = causal_graph("x -> y; x <-> y; z -> y; z");
  const auto rows = admg_rows(graph).value();
  const auto hedge = *identify_by_id(rows, {0}, {1}).value().hedge;
  ASSERT_TRUE(check_hedge(graph, hedge));
  const auto message = [&](const Hedge& wrong) {
    return check_hedge(graph, wrong).error().message;
  };
  auto wrong = hedge;
  wrong.inner = {2};
  EXPECT_EQ(message(wrong), "this is no hedge: the inner forest is not a part of the outer one");
  wrong = hedge;
  wrong.outer = wrong.inner;
  EXPECT_EQ(message(wrong), "this is no hedge: the outer forest does not meet the treatment");
  wrong = hedge;
  wrong.inner = wrong.outer;
  EXPECT_EQ(message(wrong), "this is no hedge: the inner forest meets the treatment");
  wrong = hedge;
  wrong.directed.clear();
  EXPECT_EQ(message(wrong),
            "this is no hedge: not every node but the roots has a child in the outer forest");
  wrong = hedge;
  wrong.bidirected.clear();
  EXPECT_EQ(message(wrong), "this is no hedge: bidirected edges do not join the outer forest");
  wrong = hedge;
  wrong.outcome = {2};
  EXPECT_EQ(message(wrong),
            "this is no hedge: a root does not lead to the outcome when the treatment is cut off");
  wrong = hedge;
  wrong.outer = {1, 0, 2};
  wrong.directed.push_back({2, 1});
  EXPECT_EQ(message(wrong), "this is no hedge: bidirected edges do not join the outer forest");
}

}  // namespace
}  // namespace causal_gym

// Front-door sets on graphs of the literature, and the reason for each refusal.
#include "engine/identify/front_door.h"

#include <gmock/gmock.h>

#include "engine/expression/print.h"
#include "engine/identify/test_sets.h"

namespace causal_gym {
namespace {

using test::causal_graph;
using test::named;

FrontDoorCheck check(const Graph& graph, const std::string& set) {
  return check_front_door(graph, named(graph, "x"), named(graph, "y"), named(graph, set)).value();
}
std::optional<NodeSet> find(const Graph& graph) {
  return find_front_door_set(graph, named(graph, "x"), named(graph, "y")).value();
}

TEST(FrontDoor, TheMediatorOfASmokersTarIsASet) {
  const auto graph = causal_graph("x -> m -> y; x <-> y");
  EXPECT_EQ(check(graph, "m").reason,
            "m intercepts every causal path from x to y and is itself unconfounded");
  EXPECT_TRUE(check(graph, "m").valid);
  EXPECT_EQ(find(graph), named(graph, "m"));
}

TEST(FrontDoor, NamesTheConditionThatFails) {
  const auto graph = causal_graph("x -> a -> y; x -> b -> y; x <-> y; c <-> x; c -> y; d <-> y");
  EXPECT_EQ(check(graph, "a").reason, "the causal path x -> b -> y avoids a");
  EXPECT_EQ(check(graph, "a b c").reason, "the back-door path x <-> c is open");
  EXPECT_EQ(check(graph, "a b d").reason, "the back-door path d <-> y is not blocked by x");
  EXPECT_TRUE(check(graph, "a b").valid);
  EXPECT_EQ(find(graph), named(graph, "a b"));
  EXPECT_FALSE(find(causal_graph("x -> m -> y; x <-> y; m <-> y")));
  EXPECT_FALSE(find(causal_graph("x -> m -> y; x <-> y; x <-> m")));
  EXPECT_FALSE(find(causal_graph("x -> m -> y; x <-> y; m [latent]")));
}

TEST(FrontDoor, TheEmptySetServesWhenThereIsNoEffect) {
  const auto graph = causal_graph("y -> x; x <-> y");
  EXPECT_TRUE(check(graph, "").valid);
  EXPECT_EQ(check(graph, "").reason, "no causal path leads from x to y");
  EXPECT_EQ(find(graph), NodeSet{});
}

// a and b can leave the set together, but neither can leave it alone.
TEST(FrontDoor, AMinimalSetLeavesOutMembersThatNeedEachOther) {
  const auto graph = causal_graph("x -> z -> y; x <-> y; a -> y; b -> y; a <-> b");
  EXPECT_TRUE(check(graph, "z a b").valid);
  EXPECT_FALSE(check(graph, "z a").valid);
  EXPECT_FALSE(check(graph, "z b").valid);
  EXPECT_EQ(find(graph), named(graph, "z"));
}

TEST(FrontDoor, AMinimalSetKeepsAMemberThatAnotherOneNeeds) {
  const auto graph = causal_graph("x -> a -> y; d -> a; d -> y; x <-> y");
  EXPECT_FALSE(check(graph, "a").valid);
  EXPECT_EQ(find(graph), named(graph, "a d"));
}

TEST(FrontDoor, LargestAndAllSetsLieBetweenTheBounds) {
  const auto graph = causal_graph("x -> a -> {b c} -> d -> y; x <-> y");
  const auto x = named(graph, "x");
  const auto y = named(graph, "y");
  EXPECT_EQ(largest_front_door_set(graph, x, y).value(), named(graph, "a b c d"));
  EXPECT_EQ(list_front_door_sets(graph, x, y)->sets.size(), 13U);
  const FrontDoorLimits bounds{named(graph, "b"), named(graph, "a d"), 100};
  EXPECT_EQ(find_front_door_set(graph, x, y, bounds).value(), named(graph, "b c"));
  EXPECT_THAT(list_front_door_sets(graph, x, y, bounds)->sets,
              testing::ElementsAre(named(graph, "b c")));
  EXPECT_EQ(largest_front_door_set(graph, x, y, {{}, named(graph, "a b d"), 1}).value(),
            std::nullopt);
  const auto two = list_front_door_sets(graph, x, y, {{}, {}, 2}).value();
  EXPECT_EQ(two.sets.size(), 2U);
  EXPECT_FALSE(two.complete);
  CancellationSource source;
  source.cancel();
  EXPECT_FALSE(list_front_door_sets(graph, x, y, {}, source.token())->complete);
}

TEST(FrontDoor, OfAThousandNodesIsFoundInAChain) {
  std::string text = "x -> c0; x <-> y; c997 -> y; ";
  for (int i = 0; i < 997; ++i)
    text += "c" + std::to_string(i) + " -> c" + std::to_string(i + 1) + "; ";
  const auto graph = causal_graph(text);
  const auto x = named(graph, "x");
  const auto y = named(graph, "y");
  EXPECT_EQ(largest_front_door_set(graph, x, y).value()->size(), 998U);
  EXPECT_EQ(find_front_door_set(graph, x, y).value(), named(graph, "c997"));
}

TEST(FrontDoor, RefusesSetsThatMakeNoSense) {
  const auto graph = causal_graph("x -> m -> y; u -> y; u [latent]");
  const auto x = named(graph, "x");
  const auto y = named(graph, "y");
  for (const auto& z : {x, y, named(graph, "u")}) {
    EXPECT_EQ(check_front_door(graph, x, y, z).error().code, ErrorCode::invalid_argument);
  }
  EXPECT_EQ(check_front_door(graph, {}, y, {}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(find_front_door_set(graph, x, {}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(find_front_door_set(graph, x, x).error().code, ErrorCode::invalid_argument);
  const auto m = named(graph, "m");
  EXPECT_EQ(list_front_door_sets(graph, x, y, {m, m, 1}).error().message,
            "'m' is both in the set of required members and in the set of excluded members");
  EXPECT_EQ(largest_front_door_set(graph, x, y, {x, {}, 1}).error().code,
            ErrorCode::invalid_argument);
}

TEST(FrontDoorEstimand, SumsOverTheSetAndOverTheTreatmentAgain) {
  const std::vector<std::string> names = {"x", "m", "y"};
  EXPECT_EQ(expression_text(front_door_estimand({0}, {2}, {1}), names),
            "sum_{m} P(m | x) sum_{x'} P(y | x', m) P(x')");
  EXPECT_EQ(expression_text(front_door_estimand({0}, {2}, {}), names), "P(y)");
}

}  // namespace
}  // namespace causal_gym

// Adjustment and front-door on every ADMG of three and four nodes: counts, brute force over all
// sets, and the value of every estimand in random models.
#include <gtest/gtest.h>

#include "engine/graph/relations.h"
#include "engine/identify/adjustment.h"
#include "engine/identify/front_door.h"
#include "engine/identify/identify.h"
#include "tests/exhaustive/small_admg.h"

namespace causal_gym {
namespace {

bool contains(const std::vector<NodeSet>& sets, const NodeSet& set) {
  return std::find(sets.begin(), sets.end(), set) != sets.end();
}

// Published counts of identifiability over all ordered pairs (x, y), x != y, of all ADMGs in one
// topological order; pairs in which y comes before x count like all others.
TEST(EveryAdmg, HasAsManyPairsWithAnAdjustmentSetAsPublished) {
  for (const auto& [nodes, expected] : {std::pair{3, 126}, std::pair{4, 13'702}}) {
    int count = 0;
    for_each_pair(static_cast<std::size_t>(nodes),
                  [&](const Graph& graph, std::size_t, NodeId x, NodeId y) {
                    count += find_adjustment_set(graph, {x}, {y}).value().has_value() ? 1 : 0;
                  });
    EXPECT_EQ(count, expected) << nodes << " nodes";
  }
}

TEST(EveryAdmg, HasAsManyPairsWithAFrontDoorSetAsPublished) {
  for (const auto& [nodes, expected] : {std::pair{3, 282}, std::pair{4, 35'214}}) {
    int count = 0;
    for_each_pair(static_cast<std::size_t>(nodes),
                  [&](const Graph& graph, std::size_t, NodeId x, NodeId y) {
                    count += find_front_door_set(graph, {x}, {y}).value().has_value() ? 1 : 0;
                  });
    EXPECT_EQ(count, expected) << nodes << " nodes";
  }
}

void expect_witness(const Graph& graph, NodeId x, NodeId y, const NodeSet& z,
                    const AdjustmentCheck& check) {
  EXPECT_TRUE(!check.forbidden.empty() || check.open_path.has_value());
  EXPECT_FALSE(check.back_door);
  if (!check.open_path) return;
  const auto& path = *check.open_path;
  EXPECT_EQ(path.nodes.front(), x);
  EXPECT_EQ(path.nodes.back(), y);
  EXPECT_TRUE(is_open(graph, path, z));
  EXPECT_TRUE(std::any_of(path.steps.begin(), path.steps.end(), [](Step step) {
    return step != Step::forward;
  })) << "the witness is a causal path";
}

// The criterion is sound and complete: a set is valid exactly when the formula is right in every
// model, so a wrong "valid" differs nowhere and a wrong "invalid" agrees everywhere.
TEST(EveryAdmg, AnAdjustmentSetIsValidExactlyWhenItsFormulaIsRight) {
  for (const std::size_t nodes : {3, 4}) {
    std::optional<Worlds> worlds;
    std::size_t worlds_of = 0;
    std::size_t checked = 0;
    for_each_pair(nodes, [&](const Graph& graph, std::size_t g, NodeId x, NodeId y) {
      if (!worlds || worlds_of != g) worlds.emplace(graph, g);
      worlds_of = g;
      for (const auto& z : subsets(graph.all_nodes() - NodeSet{x, y})) {
        const auto check = check_adjustment(graph, {x}, {y}, z).value();
        ASSERT_EQ(check.valid, worlds->all_equal(adjustment_estimand({x}, {y}, z), x, y))
            << check.reason;
        if (!check.valid) expect_witness(graph, x, y, z, check);
        ++checked;
      }
    });
    EXPECT_EQ(checked, nodes == 3 ? 768U : 196'608U);
  }
}

TEST(EveryAdmg, FindsAndListsTheMinimalAdjustmentSetsOfBruteForce) {
  for_each_pair(4, [](const Graph& graph, std::size_t, NodeId x, NodeId y) {
    std::vector<NodeSet> valid;
    for (const auto& z : subsets(graph.all_nodes() - NodeSet{x, y}))
      if (check_adjustment(graph, {x}, {y}, z).value().valid) valid.push_back(z);
    const auto minimal = minimal_of(valid);
    const auto found = find_adjustment_set(graph, {x}, {y}).value();
    EXPECT_EQ(found.has_value(), !valid.empty());
    if (found) {
      EXPECT_TRUE(contains(minimal, *found));
    }
    const auto listing = minimal_adjustment_sets(graph, {x}, {y}).value();
    EXPECT_TRUE(listing.complete);
    EXPECT_EQ(listing.sets.size(), minimal.size());
    for (const auto& set : listing.sets) EXPECT_TRUE(contains(minimal, set));
  });
}

TEST(EveryAdmg, AFrontDoorSetMakesItsFormulaRight) {
  std::optional<Worlds> worlds;
  std::size_t worlds_of = 0;
  std::size_t valid_sets = 0;
  for_each_pair(4, [&](const Graph& graph, std::size_t g, NodeId x, NodeId y) {
    if (!worlds || worlds_of != g) worlds.emplace(graph, g);
    worlds_of = g;
    std::vector<NodeSet> valid;
    for (const auto& z : subsets(graph.all_nodes() - NodeSet{x, y})) {
      const auto check = check_front_door(graph, {x}, {y}, z).value();
      EXPECT_EQ(check.valid, !check.open_path.has_value());
      if (!check.valid) continue;
      valid.push_back(z);
      ASSERT_TRUE(worlds->all_equal(front_door_estimand({x}, {y}, z), x, y)) << check.reason;
    }
    const auto found = find_front_door_set(graph, {x}, {y}).value();
    EXPECT_EQ(found.has_value(), !valid.empty());
    if (found) {
      EXPECT_TRUE(contains(minimal_of(valid), *found));
    }
    valid_sets += valid.size();
  });
  EXPECT_GT(valid_sets, 35'214U);
}

TEST(EveryAdmg, EveryEffectThatIsCalledIdentifiableHasTheRightEstimand) {
  std::optional<Worlds> worlds;
  std::size_t worlds_of = 0;
  std::map<std::pair<bool, Strategy>, std::size_t> count;
  for_each_pair(4, [&](const Graph& graph, std::size_t g, NodeId x, NodeId y) {
    if (!worlds || worlds_of != g) worlds.emplace(graph, g);
    worlds_of = g;
    for (const auto& given : subsets(graph.all_nodes() - NodeSet{x, y})) {
      const auto result = identify_effect(graph, {{x}, {y}, given}).value();
      ++count[{given.empty(), result.strategy}];
      ASSERT_NE(result.verdict, Verdict::unknown);
      if (result.verdict == Verdict::not_identifiable) {
        ASSERT_EQ(result.estimand, nullptr);
        ASSERT_TRUE(check_hedge(graph, *result.hedge)) << result.reason;
        continue;
      }
      ASSERT_TRUE(worlds->all_equal(result.estimand, x, y, given.to_vector())) << result.reason;
      if (!given.empty() || result.strategy == Strategy::no_effect) continue;
      ASSERT_EQ(result.strategy == Strategy::adjustment,
                find_adjustment_set(graph, {x}, {y}).value().has_value());
    }
  });
  // Nothing is lost without conditions: each pair with a criterion's set is identified by it.
  EXPECT_GT((count[{true, Strategy::front_door}]), 0U);
  EXPECT_GT((count[{true, Strategy::general}]), 0U);
  EXPECT_EQ((count[{true, Strategy::none}] + count[{true, Strategy::no_effect}] +
             count[{true, Strategy::adjustment}] + count[{true, Strategy::front_door}] +
             count[{true, Strategy::general}]),
            49'152U);
  EXPECT_GT((count[{false, Strategy::adjustment}]), 0U);
  EXPECT_GT((count[{false, Strategy::no_effect}]), 0U);
  for (const auto& [key, value] : count)
    RecordProperty((key.first ? "plain_" : "conditional_") + std::string(strategy_name(key.second)),
                   static_cast<int>(value));
}

}  // namespace
}  // namespace causal_gym

// Adjustment and front-door on random DAGs with latent nodes and random ADMGs of five to nine
// nodes, for sets x and y: brute force over all sets, and values in random models by enumeration.
#include <gmock/gmock.h>

#include "engine/graph/paths.h"
#include "engine/graph/random_graph.h"
#include "engine/graph/relations.h"
#include "engine/graph/text.h"
#include "engine/identify/adjustment.h"
#include "engine/identify/effect_sets.h"
#include "engine/identify/front_door.h"
#include "engine/identify/identify.h"
#include "tests/exhaustive/random_question.h"
#include "tests/exhaustive/random_worlds.h"
#include "tests/exhaustive/small_admg.h"

namespace causal_gym {
namespace {

TEST(RandomGraphs, AnAdjustmentSetIsValidExactlyWhenItsFormulaIsRight) {
  std::size_t valid = 0;
  std::size_t invalid = 0;
  for_each_question("adjustment values", [&](const Question& q, Rng& rng) {
    auto worlds = random_worlds(q.graph, rng);
    for (int i = 0; i < 4; ++i) {
      const auto z = random_subset(q.rest, rng.below(q.rest.size() + 1), rng);
      const auto check = check_adjustment(q.graph, q.x, q.y, z).value();
      ++(check.valid ? valid : invalid);
      ASSERT_EQ(check.valid,
                agree_everywhere(worlds, adjustment_estimand(q.x, q.y, z), {q.x, q.y, {}}, rng))
          << set_text(q.graph, z) << ": " << check.reason;
      if (check.open_path) {
        EXPECT_TRUE(is_open(q.graph, *check.open_path, z));
        for (std::size_t k = 1; k < check.open_path->nodes.size(); ++k)
          EXPECT_FALSE(q.x.contains(check.open_path->nodes[k])) << "not proper";
      }
    }
  });
  EXPECT_GT(valid, 200U);
  EXPECT_GT(invalid, 200U);
}

TEST(RandomGraphs, TheMinimalAdjustmentSetsBetweenBoundsAreThoseOfBruteForce) {
  std::size_t listed = 0;
  for_each_question(
      "adjustment sets",
      [&](const Question& q, Rng& rng) {
        const auto must = random_subset(q.rest, rng.below(2), rng);
        const auto must_not = random_subset(q.rest - must, rng.below(2), rng);
        std::vector<NodeSet> valid;
        for (const auto& extra : subsets(q.rest - must - must_not))
          if (check_adjustment(q.graph, q.x, q.y, extra | must).value().valid)
            valid.push_back(extra | must);
        const auto minimal = minimal_of(valid);
        const auto listing =
            minimal_adjustment_sets(q.graph, q.x, q.y, {must, must_not, 1000}).value();
        EXPECT_TRUE(listing.complete);
        EXPECT_THAT(listing.sets, testing::UnorderedElementsAreArray(minimal));
        const auto found = find_adjustment_set(q.graph, q.x, q.y, must, must_not).value();
        EXPECT_EQ(found.has_value(), !valid.empty());
        if (found) {
          EXPECT_THAT(minimal, testing::Contains(*found));
        }
        listed += minimal.size();
        for (std::size_t limit = 0; limit <= minimal.size(); ++limit) {
          const auto cut =
              minimal_adjustment_sets(q.graph, q.x, q.y, {must, must_not, limit}).value();
          EXPECT_EQ(cut.sets.size(), limit);
          EXPECT_EQ(cut.complete, limit == minimal.size());
        }
      },
      4 * trials);
  EXPECT_GT(listed, 1'000U);
}

TEST(RandomGraphs, TheBackDoorCriterionIsWhatTheListOfPathsSays) {
  for_each_question("back-door", [](const Question& q, Rng& rng) {
    if (q.x.size() != 1 || q.y.size() != 1) return;
    const auto z = random_subset(q.rest, rng.below(3), rng);
    auto expected = !z.intersects(descendants(q.graph, q.x));
    const auto listing = list_paths(q.graph, *q.x.begin(), *q.y.begin(), z).value();
    ASSERT_TRUE(listing.complete);
    for (const auto& path : listing.paths)
      expected = expected && (path.kind != PathKind::back_door || !path.open);
    EXPECT_EQ(check_adjustment(q.graph, q.x, q.y, z).value().back_door, expected);
  });
}

TEST(RandomGraphs, TheFrontDoorSetFoundIsMinimalAndItsFormulaRight) {
  std::size_t found_sets = 0;
  for_each_question("front-door", [&](const Question& q, Rng& rng) {
    std::vector<NodeSet> valid;
    for (const auto& z : subsets(q.rest))
      if (check_front_door(q.graph, q.x, q.y, z).value().valid) valid.push_back(z);
    const auto found = find_front_door_set(q.graph, q.x, q.y).value();
    ASSERT_EQ(found.has_value(), !valid.empty());
    if (!found) return;
    EXPECT_THAT(minimal_of(valid), testing::Contains(*found));
    auto worlds = random_worlds(q.graph, rng);
    const auto& any = valid[rng.below(valid.size())];
    for (const auto& z : {*found, any})
      EXPECT_TRUE(agree_everywhere(worlds, front_door_estimand(q.x, q.y, z), {q.x, q.y, {}}, rng))
          << set_text(q.graph, z);
    found_sets += found->empty() ? 0 : 1;
  });
  EXPECT_GT(found_sets, 5U);
}

TEST(RandomGraphs, EveryEffectThatIsCalledIdentifiableHasTheRightEstimand) {
  std::map<std::string, int> count;
  for_each_question("identify", [&](const Question& q, Rng& rng) {
    const EffectTarget target{q.x, q.y, random_subset(q.rest, rng.below(3), rng)};
    const auto result = identify_effect(q.graph, target).value();
    ++count[std::string(strategy_name(result.strategy)) + (target.given.empty() ? "" : " given")];
    ASSERT_NE(result.verdict, Verdict::unknown);
    if (result.hedge) {
      EXPECT_TRUE(check_hedge(q.graph, *result.hedge)) << result.reason;
      return;
    }
    EXPECT_TRUE(result.set.is_subset_of(q.graph.observed_nodes()));
    auto worlds = random_worlds(q.graph, rng);
    EXPECT_TRUE(agree_everywhere(worlds, result.estimand, target, rng))
        << set_text(q.graph, target.given) << ": " << result.reason;
  });
  for (const auto* kind : {"none", "no_effect", "adjustment", "general", "none given",
                           "no_effect given", "adjustment given", "general given"})
    EXPECT_GT(count[kind], 5) << kind;
}

}  // namespace
}  // namespace causal_gym

// Front-door sets between bounds against brute force over all sets: every ADMG of four nodes, and
// random graphs of five to nine.
#include <gmock/gmock.h>

#include "engine/identify/front_door.h"
#include "tests/exhaustive/random_question.h"
#include "tests/exhaustive/small_admg.h"

namespace causal_gym {
namespace {

void expect_family(const Question& q, const FrontDoorLimits& bounds,
                   std::vector<NodeSet> all_valid) {
  std::erase_if(all_valid, [&](const NodeSet& z) {
    return !bounds.must.is_subset_of(z) || bounds.must_not.intersects(z);
  });
  const auto listing = list_front_door_sets(q.graph, q.x, q.y, bounds).value();
  ASSERT_TRUE(listing.complete);
  ASSERT_THAT(listing.sets, testing::UnorderedElementsAreArray(all_valid));
  const auto found = find_front_door_set(q.graph, q.x, q.y, bounds).value();
  const auto largest = largest_front_door_set(q.graph, q.x, q.y, bounds).value();
  ASSERT_EQ(found.has_value(), !all_valid.empty());
  ASSERT_EQ(largest.has_value(), !all_valid.empty());
  if (!found) return;
  ASSERT_THAT(minimal_of(all_valid), testing::Contains(*found));
  for (const auto& z : all_valid) ASSERT_TRUE(z.is_subset_of(*largest));
}

std::vector<NodeSet> valid_sets(const Question& q) {
  std::vector<NodeSet> valid;
  for (const auto& z : subsets(q.rest))
    if (check_front_door(q.graph, q.x, q.y, z).value().valid) valid.push_back(z);
  return valid;
}

TEST(EveryAdmg, TheFrontDoorSetsBetweenAnyBoundsAreThoseOfBruteForce) {
  const auto graphs = all_ordered_admgs(4);
  for (const auto& graph : graphs)
    for (const NodeId x : graph.all_nodes())
      for (const NodeId y : graph.all_nodes() - NodeSet{x}) {
        SCOPED_TRACE(describe(graph) + " x v" + std::to_string(x) + " y v" + std::to_string(y));
        const Question q{graph, {x}, {y}, graph.all_nodes() - NodeSet{x, y}};
        const auto valid = valid_sets(q);
        for (const auto& must : subsets(q.rest))
          for (const auto& must_not : subsets(q.rest - must))
            expect_family(q, {must, must_not, 100}, valid);
        if (testing::Test::HasFailure()) return;
      }
}

TEST(RandomGraphs, TheFrontDoorSetsBetweenBoundsAreThoseOfBruteForce) {
  std::size_t listed = 0;
  for_each_question(
      "front-door bounds",
      [&](const Question& q, Rng& rng) {
        const auto valid = valid_sets(q);
        listed += valid.size();
        for (int i = 0; i < 4; ++i) {
          const auto must = random_subset(q.rest, rng.below(3), rng);
          const auto must_not = random_subset(q.rest - must, rng.below(3), rng);
          expect_family(q, {must, must_not, 1000}, valid);
        }
        for (const std::size_t limit : {std::size_t{0}, valid.size() / 2, valid.size()}) {
          const auto cut = list_front_door_sets(q.graph, q.x, q.y, {{}, {}, limit}).value();
          EXPECT_EQ(cut.sets.size(), limit);
          EXPECT_EQ(cut.complete, limit == valid.size());
        }
      },
      3 * trials);
  EXPECT_GT(listed, 5'000U);
}

}  // namespace
}  // namespace causal_gym

// Listing sets by asking whether one exists, against all subsets.
#include "engine/identify/set_enumeration.h"

#include <gtest/gtest.h>

#include "engine/identify/adjustment.h"
#include "engine/identify/test_sets.h"

namespace causal_gym {
namespace {

using test::causal_graph;
using test::named;

// Sets of even size are easy to judge: one exists unless everything is decided and odd.
Result<bool> even_set_exists(const NodeSet& must, const NodeSet& must_not) {
  return must.size() % 2 == 0 || (must | must_not).size() < 4;
}

TEST(EnumerateSets, ListsEveryAcceptedSetOnceSmallerFirst) {
  const auto listing = enumerate_sets({}, {0, 1, 2, 3}, even_set_exists, 100).value();
  EXPECT_TRUE(listing.complete);
  EXPECT_EQ(listing.sets, (std::vector<NodeSet>{
                              {}, {0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}, {0, 1, 2, 3}}));
}

TEST(EnumerateSets, SaysWhenTheLimitCutsTheList) {
  const auto listing = enumerate_sets({}, {0, 1, 2, 3}, even_set_exists, 3).value();
  EXPECT_FALSE(listing.complete);
  EXPECT_EQ(listing.sets.size(), 3U);
}

TEST(EnumerateSets, ListsTheAdjustmentSetsOfAConfoundedEffect) {
  const auto graph = causal_graph("z -> x; z -> w -> y; x -> y; x -> m");
  const auto x = named(graph, "x");
  const auto y = named(graph, "y");
  const auto exists = [&](const NodeSet& must, const NodeSet& must_not) -> Result<bool> {
    CAUSAL_GYM_TRY(set, find_adjustment_set(graph, x, y, must, must_not));
    return set.has_value();
  };
  const auto listing = enumerate_sets({}, graph.observed_nodes() - x - y, exists, 100).value();
  EXPECT_EQ(listing.sets, (std::vector<NodeSet>{named(graph, "z"), named(graph, "w"),
                                                named(graph, "z w"), named(graph, "z m"),
                                                named(graph, "w m"), named(graph, "z w m")}));
}

TEST(EnumerateSets, PassesErrorsOn) {
  const auto failing = [](const NodeSet&, const NodeSet&) -> Result<bool> {
    return fail(ErrorCode::cancelled, "cancelled");
  };
  EXPECT_EQ(enumerate_sets({}, {0}, failing, 10).error().code, ErrorCode::cancelled);
}

}  // namespace
}  // namespace causal_gym

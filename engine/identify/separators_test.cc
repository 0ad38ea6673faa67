// Separators in linear time against the listing of all minimal ones by another road.
#include <gtest/gtest.h>

#include "engine/graph/minimum_separator.h"
#include "engine/graph/separators.h"
#include "engine/graph/test_graphs.h"
#include "engine/identify/minimal_separators.h"

namespace causal_gym {
namespace {

TEST(SeparatorRoads, AgreeOnGraphsThatAreTooLargeToEnumerate) {
  Rng rng(21, 0);
  int separable = 0;
  for (int i = 0; i < 200; ++i) {
    const auto graph = test::random_graph({40, 0.06, 0.02, 0.1}, rng);
    NodeSet x = {0};
    NodeSet y = {1};
    if (i % 3 == 0) x.insert(2);
    if (i % 5 == 0) y.insert(3);
    const NodeSet must = i % 4 == 0 ? NodeSet{4} : NodeSet{};
    const auto may = graph.observed_nodes() - x - y - must;
    const auto nearest_to_x = minimal_separator(graph, x, y, must, may).value();
    // The other road's first answer is the minimal separator nearest to its second set.
    EXPECT_EQ(nearest_to_x, find_minimal_separator(graph, y, x, {must, may})) << write_graph(graph);
    const auto listing = list_minimal_separators(graph, x, y, {must, may}, 500);
    if (!nearest_to_x) {
      EXPECT_TRUE(listing.sets.empty());
      continue;
    }
    ++separable;
    for (const auto& set : listing.sets)
      EXPECT_TRUE(is_minimal_separator(graph, x, y, set, must).value());
    if (!listing.complete) continue;
    EXPECT_NE(std::find(listing.sets.begin(), listing.sets.end(), *nearest_to_x),
              listing.sets.end());
    const std::vector<double> ones(graph.node_count(), 1);
    EXPECT_EQ(minimum_separator(graph, x, y, must, may, ones).value()->set.size(),
              listing.sets.front().size());
  }
  EXPECT_GT(separable, 100);
}

}  // namespace
}  // namespace causal_gym

// Maximum flows against the least of all cuts.
#include "engine/graph/flow_network.h"

#include <gtest/gtest.h>

#include "engine/base/rng.h"

namespace causal_gym {
namespace {

struct Arc {
  std::size_t from, to;
  double capacity;
};

double cut_capacity(const std::vector<Arc>& arcs, unsigned source_side) {
  double sum = 0;
  for (const auto& [from, to, capacity] : arcs)
    if ((source_side >> from & 1) != 0 && (source_side >> to & 1) == 0) sum += capacity;
  return sum;
}

TEST(FlowNetwork, CarriesTheCapacityOfTheLeastCutAndLeavesItsSide) {
  Rng rng(22, 0);
  for (int i = 0; i < 500; ++i) {
    constexpr std::size_t n = 7;
    FlowNetwork network(n);
    std::vector<Arc> arcs;
    for (std::size_t a = 0; a < n; ++a)
      for (std::size_t b = 0; b < n; ++b) {
        if (a == b || rng.uniform() > 0.4) continue;
        const auto infinite = rng.below(10) == 0;
        arcs.push_back(
            {a, b, infinite ? FlowNetwork::infinite : static_cast<double>(rng.below(12)) / 4});
        network.add_arc(a, b, arcs.back().capacity);
      }
    double least = FlowNetwork::infinite;
    for (unsigned side = 0; side < 1U << n; ++side)
      if ((side & 1) != 0 && (side >> (n - 1) & 1) == 0)
        least = std::min(least, cut_capacity(arcs, side));
    const auto flow = network.maximise(0, n - 1).value();
    ASSERT_DOUBLE_EQ(flow, least);
    if (flow == FlowNetwork::infinite) continue;
    unsigned side = 0;
    for (std::size_t v = 0; v < n; ++v)
      if (network.on_source_side(v)) side |= 1U << v;
    EXPECT_DOUBLE_EQ(cut_capacity(arcs, side), least);
  }
}

// The first path in the order of arcs uses the middle one, which the greatest flow has to give
// back.
TEST(FlowNetwork, TakesFlowBack) {
  FlowNetwork network(6);
  for (const auto& [from, to] : {std::pair(0, 1), {1, 2}, {2, 5}, {0, 3}, {3, 2}, {1, 4}, {4, 5}})
    network.add_arc(static_cast<std::size_t>(from), static_cast<std::size_t>(to), 1);
  EXPECT_EQ(network.maximise(0, 5).value(), 2);
}

TEST(FlowNetwork, StopsWhenCancelled) {
  FlowNetwork network(2);
  network.add_arc(0, 1, 1);
  CancellationSource source;
  source.cancel();
  EXPECT_EQ(network.maximise(0, 1, source.token()).error().code, ErrorCode::cancelled);
}

}  // namespace
}  // namespace causal_gym

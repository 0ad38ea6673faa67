// Maximum flow, and the side of a least cut that the source stays on.
//
// Source: Dinitz 1970. Capacities are real numbers >= 0 or infinite; the number of phases is at
// most the number of nodes, whatever they are. Cost: O(V^2 E) at worst, O(sqrt(V) E) on networks in
// which each node has one way in or out of capacity one.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "engine/base/cancellation.h"

namespace causal_gym {

class FlowNetwork {
 public:
  static constexpr double infinite = std::numeric_limits<double>::infinity();

  explicit FlowNetwork(std::size_t nodes) : rows_(nodes) {}

  void add_arc(std::size_t from, std::size_t to, double capacity);

  // The greatest flow; infinite when a path of infinite arcs joins the two. Leaves the residual
  // network behind. Errors: cancelled. Once.
  [[nodiscard]] Result<double> maximise(std::size_t source, std::size_t sink,
                                        const CancellationToken& cancellation = {});

  // After `maximise` gave a finite flow: does the source still reach the node?
  [[nodiscard]] bool on_source_side(std::size_t node) const { return level_[node] >= 0; }

 private:
  struct Arc {
    std::size_t to;
    double left;  // capacity not used yet; arc i ^ 1 is the way back
  };

  bool find_levels(std::size_t source, std::size_t sink);
  double push_one_path(std::size_t source, std::size_t sink);

  std::vector<Arc> arcs_;
  std::vector<std::vector<std::uint32_t>> rows_;  // arcs that leave each node
  std::vector<std::int32_t> level_;               // steps from the source; -1 out of reach
  std::vector<std::size_t> next_;                 // arcs of each row that are used up in this phase
};

}  // namespace causal_gym

// Maximum flow in a network whose nodes pass one unit each: how many node-disjoint paths there are
// from a source to a sink, and who begins them.
//
// Source: Dinic 1970, Soviet Mathematics Doklady 11, with each node split into an entry and an exit
// (Menger 1927). Cost: O(sqrt(nodes) (nodes + arcs)).
#pragma once

#include <cstddef>
#include <vector>

#include "engine/base/cancellation.h"

namespace causal_gym {

class UnitFlow {
 public:
  // `node_count` inner nodes 0, 1, ..; source and sink are beside them and pass any amount.
  explicit UnitFlow(std::size_t node_count);

  void add_arc(std::size_t from, std::size_t to);
  void add_source_arc(std::size_t to);
  void add_sink_arc(std::size_t from);

  // The value of a maximum flow; to be called once. Errors: cancelled.
  [[nodiscard]] Result<std::size_t> maximise(const CancellationToken& cancellation = {});
  // Does the node pass a unit? After maximise().
  [[nodiscard]] bool carries_flow(std::size_t node) const;

 private:
  struct Arc {
    std::size_t to = 0;
    bool open = false;  // a unit can still pass
  };
  static std::size_t entry(std::size_t node) { return 2 * node; }
  static std::size_t exit(std::size_t node) { return 2 * node + 1; }
  void connect(std::size_t from, std::size_t to);
  bool find_levels();
  std::size_t send_along_levels();

  std::size_t source_;
  std::size_t sink_;
  std::vector<Arc> arcs_;                           // arc i and its reverse i ^ 1
  std::vector<std::vector<std::size_t>> arcs_out_;  // indices into arcs_
  std::vector<std::size_t> level_;
  std::vector<std::size_t> through_;  // of each node: the arc from entry to exit
};

}  // namespace causal_gym

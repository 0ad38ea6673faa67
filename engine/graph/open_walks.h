// Breadth-first search over open walks, the one search behind separations and separators.
//
// A state is a node together with the mark it was entered by, because that alone decides how a walk
// may go on. What a walk may enter next by forward edges does not depend on the state that it
// leaves by them, nor by the other edges; so each edge is looked at at most once from either end.
// Source: Shachter 1998 (Bayes-ball); van der Zander & Liskiewicz 2020. Cost: O(n + m), with one
// byte of marks for each node, so that a search over a million nodes keeps them in cache.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/graph/separation.h"

namespace causal_gym {

class OpenWalkSearch {
 public:
  // Walks from x that are open given z: a collider lets them through when it is an ancestor of z
  // (or in z), any other inner node when it is not in z. x and z are disjoint. The graph must
  // outlive the search.
  OpenWalkSearch(const Graph& graph, const NodeSet& x, const NodeSet& goals, const NodeSet& z);

  // Walks from x within an ancestral set (one that holds the ancestors of its members), where every
  // collider lets them through and any other inner node when it is not in z: those that connect in
  // the moral graph of the set. x, goals and z lie within the set.
  static OpenWalkSearch in_moral_graph(const Graph& graph, const NodeSet& ancestral,
                                       const NodeSet& x, const NodeSet& goals, const NodeSet& z);

  // Walks until a goal is entered, and says whether one was. Once.
  bool run();

  // x and all nodes entered so far, nodes of z among them.
  [[nodiscard]] NodeSet entered() const;

  // The walk to the goal at which `run` stopped; it is simple.
  [[nodiscard]] Path path() const;

 private:
  struct Arrival {
    NodeId node;
    std::uint32_t from;  // place in the queue; there are at most two arrivals at each node
    Step step;
  };

  explicit OpenWalkSearch(const Graph& graph) : graph_(graph), marks_(graph.node_count()) {}
  void start(const NodeSet& x, const NodeSet& goals);
  void open_ancestors(const NodeSet& z);
  bool leave(NodeId v, bool forward, bool backward, std::uint32_t from);
  bool enter(std::span<const NodeId> row, Step step, std::uint32_t from);

  const Graph& graph_;
  std::vector<std::uint8_t> marks_;
  std::vector<Arrival> queue_;
  std::size_t sources_ = 0;  // the first so many in the queue
};

// Has the edge an arrowhead at the node it leaves (enters)?
[[nodiscard]] constexpr bool head_at_start(Step step) { return step != Step::forward; }
[[nodiscard]] constexpr bool head_at_end(Step step) { return step != Step::backward; }

}  // namespace causal_gym

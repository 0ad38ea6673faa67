#include "engine/graph/nested_markov.h"

#include <algorithm>
#include <set>

#include "engine/graph/relations.h"

namespace causal_gym {
namespace {

using Row = std::span<const NodeId> (Graph::*)(NodeId) const;

// What following `row` from `start` leads to inside `within`, start & within included.
NodeSet reached_within(const Graph& graph, const NodeSet& start, Row row, const NodeSet& within) {
  NodeSet reached = start & within;
  auto frontier = reached.to_vector();
  while (!frontier.empty()) {
    const NodeId v = frontier.back();
    frontier.pop_back();
    for (const NodeId w : (graph.*row)(v)) {
      if (!within.contains(w) || reached.contains(w)) continue;
      reached.insert(w);
      frontier.push_back(w);
    }
  }
  return reached;
}

// In a set that is one district, so that nothing else in it matters.
bool is_fixable(const Graph& graph, NodeId v, const NodeSet& district) {
  return reached_within(graph, {v}, &Graph::children, district) == NodeSet{v};
}

bool smaller_first(const NodeSet& a, const NodeSet& b) {
  const auto size_a = a.size();
  const auto size_b = b.size();
  return size_a != size_b ? size_a < size_b : a.to_vector() < b.to_vector();
}

// A parent of the set, in it or not.
NodeSet all_parents(const Graph& graph, const NodeSet& of) {
  NodeSet result;
  for (const NodeId v : of)
    for (const NodeId parent : graph.parents(v)) result.insert(parent);
  return result;
}

}  // namespace

NodeSet reachable_closure(const Graph& graph, const NodeSet& of) {
  auto within = graph.all_nodes();
  while (true) {
    // Of the nodes of a district that do not lead to a wanted one of it, the last in a topological
    // order is fixable, then the one before it, and so on; the others are not.
    NodeSet kept;
    for (const auto& district : districts(graph, within))
      if (const auto wanted = district & of; !wanted.empty())
        kept |= district & reached_within(graph, wanted, &Graph::parents, within);
    if (kept == within) return within;
    within = std::move(kept);
  }
}

IntrinsicSets intrinsic_sets(const Graph& graph, std::size_t limit,
                             const CancellationToken& cancellation) {
  IntrinsicSets result;
  std::set<std::vector<NodeId>> seen;
  std::vector<NodeSet> open;
  const auto find = [&](const NodeSet& within) {
    for (auto& district : districts(graph, within))
      if (seen.size() <= limit && seen.insert(district.to_vector()).second)
        open.push_back(std::move(district));
  };
  find(graph.all_nodes());
  while (!open.empty()) {
    if (result.sets.size() >= limit || cancellation.cancelled()) {
      result.complete = false;
      break;
    }
    const auto district = std::move(open.back());
    open.pop_back();
    for (const NodeId v : district)
      if (is_fixable(graph, v, district)) find(district - NodeSet{v});
    result.sets.push_back(district);
  }
  std::sort(result.sets.begin(), result.sets.end(), smaller_first);
  return result;
}

Result<Graph> maximal_arid_projection(const Graph& graph, const Limits& limits,
                                      const CancellationToken& cancellation) {
  const auto n = graph.node_count();
  std::vector<NodeSet> causes(n);
  for (std::size_t i = 0; i < n; ++i) {
    CAUSAL_GYM_CHECKED(cancellation.check());
    causes[i] = all_parents(graph, reachable_closure(graph, {static_cast<NodeId>(i)}));
  }
  std::vector<Edge> directed;
  std::vector<Edge> bidirected;
  for (std::size_t i = 0; i < n; ++i) {
    const auto a = static_cast<NodeId>(i);
    for (std::size_t j = i + 1; j < n; ++j) {
      CAUSAL_GYM_CHECKED(cancellation.check());
      const auto b = static_cast<NodeId>(j);
      if (causes[j].contains(a))
        directed.push_back({a, b});
      else if (causes[i].contains(b))
        directed.push_back({b, a});
      else if (districts(graph, reachable_closure(graph, {a, b})).size() == 1)
        bidirected.push_back({a, b});
    }
    CAUSAL_GYM_CHECKED(check_limit("edges of the arid projection",
                                   directed.size() + bidirected.size(), limits.edges));
  }
  return Graph::create({graph.nodes().begin(), graph.nodes().end()}, std::move(directed),
                       std::move(bidirected), limits);
}

Result<bool> is_nonparametrically_saturated(const Graph& graph, const Limits& limits,
                                            const CancellationToken& cancellation) {
  CAUSAL_GYM_TRY(projection, maximal_arid_projection(graph, limits, cancellation));
  const auto n = graph.node_count();
  const auto joined = projection.directed_edges().size() + projection.bidirected_edges().size();
  return 2 * joined == n * (n - (n > 0 ? 1 : 0));
}

}  // namespace causal_gym

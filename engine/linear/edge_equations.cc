#include "engine/linear/edge_equations.h"

#include <algorithm>

#include "engine/linear/identify_coefficients.h"

namespace causal_gym {
namespace {

// The subsets of `open` to try, larger first: all, or all, pairs and singles when there are many.
std::vector<NodeSet> subsets_to_try(const NodeSet& open) {
  const auto nodes = open.to_vector();
  std::vector<NodeSet> subsets;
  if (nodes.size() > max_edge_subset_parents) {
    subsets.push_back(open);
    for (std::size_t i = 0; i < nodes.size(); ++i)
      for (std::size_t j = 0; j <= i; ++j) subsets.push_back(NodeSet{nodes[i], nodes[j]});
  } else {
    for (std::size_t mask = 1; mask < std::size_t{1} << nodes.size(); ++mask) {
      NodeSet subset;
      for (std::size_t i = 0; i < nodes.size(); ++i)
        if ((mask >> i & 1) != 0) subset.insert(nodes[i]);
      subsets.push_back(std::move(subset));
    }
  }
  std::stable_sort(subsets.begin(), subsets.end(),
                   [](const NodeSet& a, const NodeSet& b) { return a.size() > b.size(); });
  return subsets;
}

}  // namespace

EdgeEquations::EdgeEquations(const Graph& graph) : graph_(graph) {
  for (NodeId v = 0; static_cast<std::size_t>(v) < graph.node_count(); ++v) {
    half_treks_.push_back(half_trek_reach(graph, v));
    treks_.push_back(trek_reach(graph, v));
  }
}

std::optional<EdgeEquations::Found> EdgeEquations::for_all_parents(
    NodeId v, const KnownParents& known) const {
  const auto open = NodeSet(graph_.parents(v)) - known[static_cast<std::size_t>(v)];
  return find(v, open, known, Reduction::wholly_known);
}

std::optional<EdgeEquations::Found> EdgeEquations::for_some_parents(
    NodeId v, const KnownParents& known) const {
  const auto open = NodeSet(graph_.parents(v)) - known[static_cast<std::size_t>(v)];
  for (const auto& subset : subsets_to_try(open))
    if (auto found = find(v, subset, known, Reduction::partly_known)) return found;
  return std::nullopt;
}

// cov(y, noise of v) = 0, and cov(y, u) = 0 for the open parents u outside W.
bool EdgeEquations::whole_source_fits(NodeId y, NodeId v, const NodeSet& others) const {
  return !half_treks_[static_cast<std::size_t>(v)].contains(y) &&
         !treks_[static_cast<std::size_t>(y)].intersects(others);
}

// The same for y less its known part, which is the noise of y and the part of its open parents.
bool EdgeEquations::reduced_source_fits(NodeId y, NodeId v, const NodeSet& others,
                                        const NodeSet& open_of_y) const {
  if (graph_.has_bidirected_edge(y, v)) return false;
  if (half_treks_[static_cast<std::size_t>(v)].intersects(open_of_y)) return false;
  if (half_treks_[static_cast<std::size_t>(y)].intersects(others)) return false;
  return std::none_of(open_of_y.begin(), open_of_y.end(), [&](NodeId q) {
    return treks_[static_cast<std::size_t>(q)].intersects(others);
  });
}

std::optional<EdgeEquations::Found> EdgeEquations::find(NodeId v, const NodeSet& parents,
                                                        const KnownParents& known,
                                                        Reduction reduction) const {
  const auto others = NodeSet(graph_.parents(v)) - known[static_cast<std::size_t>(v)] - parents;
  NodeSet whole;
  NodeSet reduced;
  for (NodeId y = 0; static_cast<std::size_t>(y) < graph_.node_count(); ++y) {
    if (y == v) continue;
    if (whole_source_fits(y, v, others)) {
      whole.insert(y);
      continue;
    }
    const auto open_of_y = NodeSet(graph_.parents(y)) - known[static_cast<std::size_t>(y)];
    if (reduction == Reduction::wholly_known && !open_of_y.empty()) continue;
    if (reduced_source_fits(y, v, others, open_of_y)) reduced.insert(y);
  }
  // Whole sources make the plainer equations.
  auto sources = half_trek_system(graph_, whole, parents);
  if (!sources && !reduced.empty()) sources = half_trek_system(graph_, whole | reduced, parents);
  if (!sources) return std::nullopt;
  Found found{parents, sources->to_vector(), {}};
  for (const NodeId y : found.sources)
    found.subtracted.push_back(whole.contains(y) ? NodeSet{} : known[static_cast<std::size_t>(y)]);
  return found;
}

}  // namespace causal_gym

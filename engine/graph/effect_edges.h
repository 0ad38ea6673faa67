// The edges that carry an effect, and the graph without them: what covariate adjustment and
// instruments have in common for total and for direct effects.
//
// A total effect of x on y leaves x by the first edges of proper causal paths; a direct effect by
// the edges from x to y themselves. What stays open between x and y without these edges is bias,
// as long as nothing that descends from their heads is conditioned on.
// Source: Perkovic, Textor, Kalisch & Maathuis 2018, JMLR 18 (proper back-door graph); Pearl 2009,
// section 5.3.1 (single-door criterion, for direct effects). Cost: O(n + m) each.
#pragma once

#include "engine/graph/graph.h"

namespace causal_gym {

// total: of do(x) on y along all causal paths. direct: along the edges x -> y alone; the path
// coefficients of a linear model, the controlled direct effect when the set holds the mediators.
enum class EffectReach { total, direct };

// The directed edges from a node of `from` to a node of `to`.
struct EdgeCut {
  NodeSet from;
  NodeSet to;
  [[nodiscard]] bool cuts(NodeId parent, NodeId child) const {
    return from.contains(parent) && to.contains(child);
  }
};

// Heads of the edges that carry the effect, and for a total effect all that follows on its paths.
// total: nodes outside x on proper causal paths from x to y; direct: children of x in y. x and y
// are disjoint.
[[nodiscard]] NodeSet causal_nodes(const Graph& graph, const NodeSet& x, const NodeSet& y,
                                   EffectReach effect = EffectReach::total);

// The edges from x to causal nodes.
[[nodiscard]] EdgeCut effect_edges(const Graph& graph, const NodeSet& x, const NodeSet& y,
                                   EffectReach effect = EffectReach::total);

// The graph without these edges, same nodes.
[[nodiscard]] Graph without_edges(const Graph& graph, const EdgeCut& cut);

// Ancestors of the set (itself included) in the graph without the edges of the cut, which is not
// built.
[[nodiscard]] NodeSet ancestors_without(const Graph& graph, const EdgeCut& cut, const NodeSet& of);

}  // namespace causal_gym

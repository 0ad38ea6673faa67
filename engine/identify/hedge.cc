#include "engine/identify/hedge.h"

#include <algorithm>

#include "engine/graph/relations.h"
#include "engine/graph/surgery.h"
#include "engine/identify/effect_sets.h"

namespace causal_gym {
namespace {

// Grows a forest towards the roots' ancestors: each node of `within` that is met gets the child by
// which it was met.
void grow_directed(const AdmgRows& rows, const NodeSet& within, NodeSet reached,
                   std::vector<Edge>& edges) {
  auto frontier = reached.to_vector();
  for (std::size_t next = 0; next < frontier.size(); ++next) {
    const NodeId child = frontier[next];
    for (const NodeId parent : (rows.parents[static_cast<std::size_t>(child)] & within) - reached) {
      reached.insert(parent);
      edges.push_back({parent, child});
      frontier.push_back(parent);
    }
  }
}

// Grows a tree of bidirected edges over `within` around what it has reached.
void grow_bidirected(const AdmgRows& rows, const NodeSet& within, NodeSet reached,
                     std::vector<Edge>& edges) {
  auto frontier = reached.to_vector();
  for (std::size_t next = 0; next < frontier.size(); ++next) {
    const NodeId v = frontier[next];
    for (const NodeId w : (rows.spouses[static_cast<std::size_t>(v)] & within) - reached) {
      reached.insert(w);
      edges.push_back({std::min(v, w), std::max(v, w)});
      frontier.push_back(w);
    }
  }
}

tl::unexpected<Error> refused(const std::string& what) {
  return fail(ErrorCode::invalid_argument, "this is no hedge: " + what);
}

// Do these edges make `of` a forest with the given roots: all of it joined by bidirected edges, one
// child for every node but the roots, which have none?
Status check_forest(const Graph& projection, const NodeSet& of, const NodeSet& roots,
                    std::span<const Edge> directed, std::span<const Edge> bidirected,
                    const std::string& which) {
  NodeSet with_child;
  for (const auto& [from, to] : directed) {
    if (!of.contains(from) || !of.contains(to)) continue;
    if (!projection.has_edge(from, to))
      return refused("the graph has no edge " + projection.name(from) + " -> " +
                     projection.name(to));
    if (with_child.contains(from))
      return refused("'" + projection.name(from) + "' has two children in the " + which +
                     " forest");
    with_child.insert(from);
  }
  if (with_child != of - roots)
    return refused("not every node but the roots has a child in the " + which + " forest");
  NodeSet joined{*of.begin()};
  for (bool grown = true; grown;) {
    grown = false;
    for (const auto& [a, b] : bidirected) {
      if (!of.contains(a) || !of.contains(b) || joined.contains(a) == joined.contains(b)) continue;
      if (!projection.has_bidirected_edge(a, b))
        return refused("the graph has no edge " + projection.name(a) + " <-> " +
                       projection.name(b));
      joined |= NodeSet{a, b};
      grown = true;
    }
  }
  if (joined != of) return refused("bidirected edges do not join the " + which + " forest");
  return {};
}

// The set in the ids of the latent projection.
NodeSet projected(const Graph& graph, const NodeSet& set) {
  NodeSet result;
  NodeId next = 0;
  for (const NodeId v : graph.observed_nodes()) {
    if (set.contains(v)) result.insert(next);
    ++next;
  }
  return result;
}

std::vector<Edge> projected(const Graph& graph, const std::vector<Edge>& edges) {
  std::vector<Edge> result;
  result.reserve(edges.size());
  for (const auto& [from, to] : edges)
    result.push_back(
        {*projected(graph, NodeSet{from}).begin(), *projected(graph, NodeSet{to}).begin()});
  return result;
}

}  // namespace

Hedge make_hedge(const AdmgRows& rows, const NodeSet& treatment, const NodeSet& outcome,
                 const NodeSet& outer, const NodeSet& inner) {
  Hedge hedge{treatment, outcome, outer, inner, {}, {}, {}};
  for (const NodeId v : inner)
    if (!rows.children[static_cast<std::size_t>(v)].intersects(inner)) hedge.roots.insert(v);
  grow_directed(rows, inner, hedge.roots, hedge.directed);
  grow_directed(rows, outer, inner, hedge.directed);
  grow_bidirected(rows, inner, {*inner.begin()}, hedge.bidirected);
  grow_bidirected(rows, outer, inner, hedge.bidirected);
  return hedge;
}

Status check_hedge(const Graph& graph, const Hedge& hedge) {
  CAUSAL_GYM_CHECKED(check_treatment_and_outcome(graph, hedge.treatment, hedge.outcome));
  CAUSAL_GYM_CHECKED(check_observed(graph, hedge.outer, "outer forest"));
  if (hedge.inner.empty() || !hedge.inner.is_subset_of(hedge.outer))
    return refused("the inner forest is not a part of the outer one");
  if (hedge.roots.empty() || !hedge.roots.is_subset_of(hedge.inner))
    return refused("the roots are not in the inner forest");
  if (!hedge.outer.intersects(hedge.treatment))
    return refused("the outer forest does not meet the treatment");
  if (hedge.inner.intersects(hedge.treatment))
    return refused("the inner forest meets the treatment");
  CAUSAL_GYM_TRY(projection, latent_projection(graph));
  const auto directed = projected(graph, hedge.directed);
  const auto bidirected = projected(graph, hedge.bidirected);
  const auto roots = projected(graph, hedge.roots);
  CAUSAL_GYM_CHECKED(check_forest(projection, projected(graph, hedge.outer), roots, directed,
                                  bidirected, "outer"));
  CAUSAL_GYM_CHECKED(check_forest(projection, projected(graph, hedge.inner), roots, directed,
                                  bidirected, "inner"));
  const auto cut = cut_incoming(projection, projected(graph, hedge.treatment));
  if (!roots.is_subset_of(ancestors(cut, projected(graph, hedge.outcome))))
    return refused("a root does not lead to the outcome when the treatment is cut off");
  return {};
}

std::string hedge_text(const Graph& graph, const Hedge& hedge) {
  const auto treated = set_text(graph, hedge.outer & hedge.treatment);
  const auto outcome = set_text(graph, hedge.outcome);
  auto text = "latent causes tie " + set_text(graph, hedge.outer) + " together";
  if (hedge.inner.size() > 1)
    text += ", without " + treated + " still " + set_text(graph, hedge.inner) + ",";
  return text + " and all of it leads to " + outcome + ", so that what " + treated + " does to " +
         outcome + " cannot be told from what they do (a hedge)";
}

}  // namespace causal_gym

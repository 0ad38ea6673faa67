#include "engine/identify/front_door.h"

#include <limits>

#include "engine/base/check.h"
#include "engine/graph/relations.h"
#include "engine/graph/surgery.h"
#include "engine/identify/effect_sets.h"

namespace causal_gym {
namespace {

// Some directed path from x to y that avoids z, shortest first; nullopt when z intercepts all.
std::optional<Path> directed_path(const Graph& graph, const NodeSet& x, const NodeSet& y,
                                  const NodeSet& z) {
  std::vector<std::optional<NodeId>> came_from(graph.node_count());
  auto queue = x.to_vector();
  NodeSet seen = x | z;
  for (std::size_t next = 0; next < queue.size(); ++next) {
    for (const NodeId child : graph.children(queue[next])) {
      if (seen.contains(child)) continue;
      seen.insert(child);
      came_from[static_cast<std::size_t>(child)] = queue[next];
      queue.push_back(child);
      if (!y.contains(child)) continue;
      Path path{{child}, {}};
      while (const auto parent = came_from[static_cast<std::size_t>(path.nodes.front())]) {
        path.nodes.insert(path.nodes.begin(), *parent);
        path.steps.push_back(Step::forward);
      }
      return path;
    }
  }
  return std::nullopt;
}

// Members of z with a back-door path to y that x does not block.
NodeSet confounded_with_outcome(const Graph& graph, const NodeSet& x, const NodeSet& y,
                                const NodeSet& z) {
  return z & connected_nodes(cut_outgoing(graph, z), y, x);
}

// The largest set that meets the second and third condition. Both are kept by unions, and a node
// that breaks the third in a set breaks it in every smaller set (fewer edges are cut there), so
// throwing out the offenders until none is left gives it.
NodeSet largest_unconfounded_set(const Graph& graph, const NodeSet& x, const NodeSet& y) {
  auto z = graph.observed_nodes() - x - y - connected_nodes(cut_outgoing(graph, x), x, {});
  for (;;) {
    const auto confounded = confounded_with_outcome(graph, x, y, z);
    if (confounded.empty()) return z;
    z -= confounded;
  }
}

// The graph in which a back-door path from `chosen` may end in a member of `others` but not run on
// through it: edges out of `chosen` are gone, a -> b out of `others` becomes a <-> b.
Graph with_ends(const Graph& graph, const NodeSet& chosen, const NodeSet& others) {
  std::vector<Edge> directed;
  std::vector<Edge> bidirected(graph.bidirected_edges().begin(), graph.bidirected_edges().end());
  for (const auto& edge : graph.directed_edges()) {
    if (chosen.contains(edge.from)) continue;
    if (!others.contains(edge.from)) {
      directed.push_back(edge);
    } else if (!graph.has_bidirected_edge(edge.from, edge.to)) {
      bidirected.push_back(edge);
    }
  }
  Limits limits;  // the graph is valid and gets no larger
  limits.nodes = limits.edges = limits.name_length = std::numeric_limits<std::size_t>::max();
  auto changed = Graph::create({graph.nodes().begin(), graph.nodes().end()}, std::move(directed),
                               std::move(bidirected), limits);
  CHECK(changed.has_value());
  return *std::move(changed);
}

// A minimal front-door set within z, itself a front-door set.
//
// Of z, the members nearest to y suffice: every causal path leaves z by one of them. Among these
// none can be missed that a causal path from x meets first; and when v is in and a back-door path
// from v ends in w, w cannot be missed either, because without w the path runs on to y.
NodeSet minimal_within(const Graph& graph, const NodeSet& x, const NodeSet& y, const NodeSet& z) {
  const auto nearest = z & parents(graph, ancestors(cut_outgoing(graph, z), y));
  auto chosen = nearest & descendants(cut_outgoing(graph, nearest), x);
  for (;;) {
    const auto others = nearest - chosen;
    const auto missed = others & connected_nodes(with_ends(graph, chosen, others), chosen, x);
    if (missed.empty()) return chosen;
    chosen |= missed;
  }
}

// "the <kind> path x -> y <fault>"
FrontDoorCheck refused(const Graph& graph, const std::string& kind, Path path,
                       const std::string& fault) {
  auto reason = "the " + kind + " path " + path_text(graph, path) + " " + fault;
  return {false, std::move(reason), std::move(path)};
}

}  // namespace

Result<FrontDoorCheck> check_front_door(const Graph& graph, const NodeSet& x, const NodeSet& y,
                                        const NodeSet& z) {
  CAUSAL_GYM_CHECKED(check_treatment_and_outcome(graph, x, y));
  CAUSAL_GYM_CHECKED(check_observed(graph, z, "front-door set"));
  CAUSAL_GYM_CHECKED(check_disjoint(graph, x, "treatment", z, "front-door set"));
  CAUSAL_GYM_CHECKED(check_disjoint(graph, y, "outcome", z, "front-door set"));
  const auto set = set_text(graph, z);
  if (auto path = directed_path(graph, x, y, z))
    return refused(graph, "causal", *std::move(path), "avoids " + set);
  CAUSAL_GYM_TRY(to_set, separation(cut_outgoing(graph, x), x, z, {}));
  if (auto& path = to_set.open_path)
    return refused(graph, "back-door", *std::move(path), "is open");
  CAUSAL_GYM_TRY(to_outcome, separation(cut_outgoing(graph, z), z, y, x));
  if (auto& path = to_outcome.open_path)
    return refused(graph, "back-door", *std::move(path), "is not blocked by " + set_text(graph, x));
  const auto from_x_to_y = " from " + set_text(graph, x) + " to " + set_text(graph, y);
  if (z.empty()) return FrontDoorCheck{true, "no causal path leads" + from_x_to_y, {}};
  return FrontDoorCheck{
      true,
      set + " intercepts every causal path" + from_x_to_y + " and is itself unconfounded",
      {}};
}

Result<std::optional<NodeSet>> find_front_door_set(const Graph& graph, const NodeSet& x,
                                                   const NodeSet& y) {
  CAUSAL_GYM_CHECKED(check_treatment_and_outcome(graph, x, y));
  const auto largest = largest_unconfounded_set(graph, x, y);
  if (directed_path(graph, x, y, largest)) return std::nullopt;
  return minimal_within(graph, x, y, largest);
}

ExpressionPtr front_door_estimand(const NodeSet& x, const NodeSet& y, const NodeSet& z) {
  if (z.empty()) return probability(y.to_vector());
  const auto effect_of_z =
      sum(x.to_vector(),
          product({probability(y.to_vector(), (x | z).to_vector()), probability(x.to_vector())}));
  return sum(z.to_vector(), product({probability(z.to_vector(), x.to_vector()), effect_of_z}));
}

}  // namespace causal_gym

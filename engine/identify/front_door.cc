#include "engine/identify/front_door.h"

#include <algorithm>

#include "engine/graph/relations.h"
#include "engine/graph/surgery.h"
#include "engine/identify/directed_path.h"
#include "engine/identify/effect_sets.h"

namespace causal_gym {
namespace {

// A search along paths that x leaves open, in a graph where edges out of some nodes are locked. The
// sets it is for never hold an ancestor of x (a directed path to x is an open back-door path), so
// that locks do not change which colliders x opens.
class LockedSearch {
 public:
  LockedSearch(const Graph& graph, const NodeSet& x, const NodeSet& opened)
      : graph_(graph),
        x_(x),
        opened_(opened),
        visited_(2 * graph.node_count()),
        climbed_(graph.node_count()) {}

  // The largest part of z from which no back-door path that x leaves open leads to y. Locked are
  // edges out of z; a node that a path enters by an arrowhead is out of z, and its edges with it,
  // for it breaks the condition in every smaller set too: fewer edges are locked there.
  NodeSet largest_unconfounded(NodeSet z, const NodeSet& y) {
    for (const NodeId v : y) {
      leave_down(v);
      leave_up(v, z);
    }
    while (const auto state = next()) {
      const auto [v, by_head] = *state;
      if (by_head && z.contains(v)) {
        z.erase(v);
        for (const NodeId child : graph_.children(v))
          if (climbed_[static_cast<std::size_t>(child)] != 0) enter(v, false);
      }
      pass(v, by_head, z);
    }
    return z;
  }

  // Adds to `chosen` the nodes of `others` that back-door paths from chosen nodes end in: without
  // such a node the path would run on to y. Locked are edges out of chosen nodes; a path may end in
  // a node of `others` but not run on through it.
  NodeSet with_ends(NodeSet chosen, NodeSet others) {
    const auto choose = [&](NodeId v) {
      others.erase(v);
      chosen.insert(v);
      leave_up(v, chosen);
    };
    for (const NodeId v : chosen) leave_up(v, chosen);
    while (const auto state = next()) {
      const auto [v, by_head] = *state;
      if (others.contains(v)) {
        choose(v);
      } else if (!chosen.contains(v)) {
        pass(v, by_head, chosen);
      }
    }
    return chosen;
  }

 private:
  struct State {
    NodeId node = 0;
    bool by_head = false;  // entered by an arrowhead
  };

  void enter(NodeId v, bool by_head) {
    auto& visited = visited_[2 * static_cast<std::size_t>(v) + (by_head ? 1 : 0)];
    if (visited != 0) return;
    visited = 1;
    queue_.push_back({v, by_head});
  }
  std::optional<State> next() {
    if (queue_.empty()) return std::nullopt;
    const auto state = queue_.back();
    queue_.pop_back();
    return state;
  }
  void leave_down(NodeId v) {
    for (const NodeId child : graph_.children(v)) enter(child, true);
  }
  void leave_up(NodeId v, const NodeSet& locked) {
    climbed_[static_cast<std::size_t>(v)] = 1;
    for (const NodeId parent : graph_.parents(v))
      if (!locked.contains(parent)) enter(parent, false);
    for (const NodeId spouse : graph_.spouses(v)) enter(spouse, true);
  }
  void pass(NodeId v, bool by_head, const NodeSet& locked) {
    if (!x_.contains(v)) leave_down(v);
    if (by_head ? opened_.contains(v) : !x_.contains(v)) leave_up(v, locked);
  }

  const Graph& graph_;
  const NodeSet& x_;
  const NodeSet& opened_;  // colliders that x opens: x and its ancestors
  std::vector<char> visited_;
  std::vector<char> climbed_;  // left towards its parents
  std::vector<State> queue_;
};

// One pair (x, y): what does not depend on the bounds is found once.
class FrontDoor {
 public:
  FrontDoor(const Graph& graph, const NodeSet& x, const NodeSet& y)
      : graph_(graph),
        x_(x),
        y_(y),
        opened_(ancestors(graph, x)),
        unconfounded_(graph.observed_nodes() - x - y -
                      connected_nodes(cut_outgoing(graph, x), x, {})) {}

  // The largest front-door set within r, if it holds `must`. Sets that meet the second and third
  // condition are closed under union, and the largest of them intercepts most.
  [[nodiscard]] std::optional<NodeSet> largest(const NodeSet& must, const NodeSet& r) const {
    auto z = LockedSearch(graph_, x_, opened_).largest_unconfounded(unconfounded_ & r, y_);
    if (!must.is_subset_of(z) || shortest_directed_path(graph_, x_, y_, z)) return std::nullopt;
    return z;
  }

  // A minimal front-door set that holds `must`, within the front-door set z.
  //
  // Of z, the members nearest to y and `must` suffice: every causal path leaves z by one of the
  // nearest. Among these none can be missed that a causal path from x meets first; and when v is in
  // and a back-door path from v ends in w, w cannot be missed either.
  [[nodiscard]] NodeSet minimal(const NodeSet& must, const NodeSet& z) const {
    const auto kept = nearest_to_outcome(z) | must;
    const auto chosen = first_met(kept) | must;
    return LockedSearch(graph_, x_, opened_).with_ends(chosen, kept - chosen);
  }

  [[nodiscard]] NodeSet everything() const { return unconfounded_; }

 private:
  // Members of z with a directed path to y that meets no other member.
  [[nodiscard]] NodeSet nearest_to_outcome(const NodeSet& z) const {
    NodeSet nearest;
    auto seen = y_;
    auto frontier = y_.to_vector();
    while (!frontier.empty()) {
      const NodeId v = frontier.back();
      frontier.pop_back();
      for (const NodeId parent : graph_.parents(v)) {
        if (seen.contains(parent)) continue;
        seen.insert(parent);
        if (z.contains(parent)) {
          nearest.insert(parent);
        } else {
          frontier.push_back(parent);
        }
      }
    }
    return nearest;
  }

  // Members of `kept` that directed paths from x meet first.
  [[nodiscard]] NodeSet first_met(const NodeSet& kept) const {
    NodeSet met;
    auto seen = x_;
    auto frontier = x_.to_vector();
    while (!frontier.empty()) {
      const NodeId v = frontier.back();
      frontier.pop_back();
      for (const NodeId child : graph_.children(v)) {
        if (seen.contains(child)) continue;
        seen.insert(child);
        if (kept.contains(child)) {
          met.insert(child);
        } else {
          frontier.push_back(child);
        }
      }
    }
    return met;
  }

  const Graph& graph_;
  const NodeSet& x_;
  const NodeSet& y_;
  NodeSet opened_;
  NodeSet unconfounded_;  // meets the second condition: no open back-door path from x
};

Status check_arguments(const Graph& graph, const NodeSet& x, const NodeSet& y, const NodeSet& set,
                       std::string_view role) {
  CAUSAL_GYM_CHECKED(check_treatment_and_outcome(graph, x, y));
  CAUSAL_GYM_CHECKED(check_observed(graph, set, role));
  CAUSAL_GYM_CHECKED(check_disjoint(graph, x, "treatment", set, role));
  return check_disjoint(graph, y, "outcome", set, role);
}

Status check_bounds(const Graph& graph, const NodeSet& x, const NodeSet& y,
                    const FrontDoorLimits& options) {
  constexpr auto role = "set of required members";
  CAUSAL_GYM_CHECKED(check_arguments(graph, x, y, options.must, role));
  return check_disjoint(graph, options.must, role, options.must_not, "set of excluded members");
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
  CAUSAL_GYM_CHECKED(check_arguments(graph, x, y, z, "front-door set"));
  const auto set = set_text(graph, z);
  if (auto path = shortest_directed_path(graph, x, y, z))
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

Result<std::optional<NodeSet>> largest_front_door_set(const Graph& graph, const NodeSet& x,
                                                      const NodeSet& y,
                                                      const FrontDoorLimits& options) {
  CAUSAL_GYM_CHECKED(check_bounds(graph, x, y, options));
  const FrontDoor pair(graph, x, y);
  return pair.largest(options.must, pair.everything() - options.must_not);
}

Result<std::optional<NodeSet>> find_front_door_set(const Graph& graph, const NodeSet& x,
                                                   const NodeSet& y,
                                                   const FrontDoorLimits& options) {
  CAUSAL_GYM_CHECKED(check_bounds(graph, x, y, options));
  const FrontDoor pair(graph, x, y);
  const auto largest = pair.largest(options.must, pair.everything() - options.must_not);
  if (!largest) return std::nullopt;
  return pair.minimal(options.must, *largest);
}

Result<SetListing> list_front_door_sets(const Graph& graph, const NodeSet& x, const NodeSet& y,
                                        const FrontDoorLimits& options,
                                        const CancellationToken& cancellation) {
  CAUSAL_GYM_CHECKED(check_bounds(graph, x, y, options));
  const FrontDoor pair(graph, x, y);
  struct Branch {
    NodeSet must;
    NodeSet may;
  };
  std::vector<Branch> open{{options.must, pair.everything() - options.must_not}};
  SetListing listing;
  while (!open.empty()) {
    auto [must, may] = std::move(open.back());
    open.pop_back();
    if (cancellation.cancelled()) {
      listing.complete = false;
      break;
    }
    const auto largest = pair.largest(must, may);
    if (!largest) continue;
    if (listing.sets.size() >= options.sets) {
      listing.complete = false;
      break;
    }
    const auto undecided = *largest - must;
    if (undecided.empty()) {
      listing.sets.push_back(must);
      continue;
    }
    // The branch that keeps v holds a set for certain: the largest.
    const NodeSet v{*undecided.begin()};
    open.push_back({must, *largest - v});
    open.push_back({must | v, *largest});
  }
  std::sort(listing.sets.begin(), listing.sets.end(), smaller_set_first);
  return listing;
}

ExpressionPtr front_door_estimand(const NodeSet& x, const NodeSet& y, const NodeSet& z) {
  if (z.empty()) return probability(y.to_vector());
  const auto effect_of_z =
      sum(x.to_vector(),
          product({probability(y.to_vector(), (x | z).to_vector()), probability(x.to_vector())}));
  return sum(z.to_vector(), product({probability(z.to_vector(), x.to_vector()), effect_of_z}));
}

}  // namespace causal_gym

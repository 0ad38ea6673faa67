#include "engine/graph/open_walks.h"

#include <algorithm>

namespace causal_gym {
namespace {

// What is known of a node during a search, as bits of one byte.
enum Mark : std::uint8_t {
  entered_by_tail = 1,
  entered_by_head = 2,
  left_forward = 4,   // all children were entered from here
  left_backward = 8,  // all parents and spouses were
  given = 16,
  opened = 32,  // as a collider it lets a walk through
  goal = 64,
};

std::size_t index(NodeId v) { return static_cast<std::size_t>(v); }

}  // namespace

OpenWalkSearch::OpenWalkSearch(const Graph& graph, const NodeSet& x, const NodeSet& goals,
                               const NodeSet& z)
    : OpenWalkSearch(graph) {
  open_ancestors(z);
  start(x, goals);
}

OpenWalkSearch OpenWalkSearch::in_moral_graph(const Graph& graph, const NodeSet& ancestral,
                                              const NodeSet& x, const NodeSet& goals,
                                              const NodeSet& z) {
  OpenWalkSearch search(graph);
  // A node outside is never entered when it looks as if it had been.
  std::fill(search.marks_.begin(), search.marks_.end(), entered_by_tail | entered_by_head);
  for (const NodeId v : ancestral) search.marks_[index(v)] = opened;
  for (const NodeId v : z) search.marks_[index(v)] |= given;
  search.start(x, goals);
  return search;
}

void OpenWalkSearch::start(const NodeSet& x, const NodeSet& goals) {
  for (const NodeId v : goals) marks_[index(v)] |= goal;
  for (const NodeId v : x) {
    // A walk that comes back to a source is never a shortest one.
    marks_[index(v)] |= entered_by_tail | entered_by_head;
    queue_.push_back({v, 0, Step::forward});
  }
  sources_ = queue_.size();
}

void OpenWalkSearch::open_ancestors(const NodeSet& z) {
  auto frontier = z.to_vector();
  for (const NodeId v : frontier) marks_[index(v)] |= given | opened;
  while (!frontier.empty()) {
    const NodeId v = frontier.back();
    frontier.pop_back();
    for (const NodeId parent : graph_.parents(v)) {
      auto& mark = marks_[index(parent)];
      if ((mark & opened) != 0) continue;
      mark |= opened;
      frontier.push_back(parent);
    }
  }
}

bool OpenWalkSearch::run() {
  for (std::size_t next = 0; next < queue_.size(); ++next) {
    const auto arrival = queue_[next];
    const auto mark = marks_[index(arrival.node)];
    const bool by_head = next >= sources_ && head_at_end(arrival.step);
    const bool forward = next < sources_ || (mark & given) == 0;
    const bool backward = by_head ? (mark & opened) != 0 : forward;
    if (leave(arrival.node, forward, backward, static_cast<std::uint32_t>(next))) return true;
  }
  return false;
}

// True when a goal was entered.
bool OpenWalkSearch::leave(NodeId v, bool forward, bool backward, std::uint32_t from) {
  auto& mark = marks_[index(v)];
  if (forward && (mark & left_forward) == 0) {
    mark |= left_forward;
    if (enter(graph_.children(v), Step::forward, from)) return true;
  }
  if (backward && (mark & left_backward) == 0) {
    mark |= left_backward;
    return enter(graph_.parents(v), Step::backward, from) ||
           enter(graph_.spouses(v), Step::bidirected, from);
  }
  return false;
}

bool OpenWalkSearch::enter(std::span<const NodeId> row, Step step, std::uint32_t from) {
  const auto entered = head_at_end(step) ? entered_by_head : entered_by_tail;
  for (const NodeId w : row) {
    auto& mark = marks_[index(w)];
    if ((mark & entered) != 0) continue;
    mark |= entered;
    queue_.push_back({w, from, step});
    if ((mark & goal) != 0) return true;
  }
  return false;
}

NodeSet OpenWalkSearch::entered() const {
  NodeSet nodes;
  for (const auto& arrival : queue_) nodes.insert(arrival.node);
  return nodes;
}

// It is simple. Were v on it twice, drop what lies between the two visits: the shorter walk is open
// at v. If v is in z, both visits were at colliders, and so is the joined one. If v is not in z,
// only a collider at v could close it, and v's first visit then began v -> ..., which leads to a
// collider that z opens (it cannot lead back to v without one), so v is an ancestor of z. But the
// search is breadth-first: no shorter open walk exists.
Path OpenWalkSearch::path() const {
  Path path;
  auto place = queue_.size() - 1;
  for (; place >= sources_; place = queue_[place].from) {
    path.nodes.push_back(queue_[place].node);
    path.steps.push_back(queue_[place].step);
  }
  path.nodes.push_back(queue_[place].node);
  std::reverse(path.nodes.begin(), path.nodes.end());
  std::reverse(path.steps.begin(), path.steps.end());
  return path;
}

}  // namespace causal_gym

// The plain road to all minimal separators: cliques written out as rows of bits, and each separator
// looked for anew before its branch is entered.
//
// Source: Takata 2010, Discrete Applied Mathematics 158, over the moral graph of Richardson 2003.
// Cost: O(n^2) bits of memory, O(n^3) from one set to the next.
#pragma once

#include <algorithm>

#include "engine/graph/relations.h"
#include "engine/identify/minimal_separators.h"

namespace causal_gym::plain {

// An undirected graph over the nodes that a separator may hold, between two poles (x and y as one
// point each). Separating the poles by nodes of it is separating x and y in the causal graph.
class PlainPoles {
 public:
  PlainPoles(const Graph& graph, const NodeSet& x, const NodeSet& y, const SeparatorBounds& bounds)
      : neighbours_(graph.node_count()) {
    const auto relevant = ancestors(graph, x | y | bounds.must);
    augment(graph, relevant);
    const auto poles = x | y;
    candidates_ = (bounds.may & relevant) - poles - bounds.must;
    bridge(relevant - candidates_ - poles - bounds.must);
    near_x_ = neighbours_of(x);
    near_y_ = neighbours_of(y);
    joined_ = near_x_.intersects(y);
    near_x_ &= candidates_;
    near_y_ &= candidates_;
    for (const NodeId v : candidates_) row(v) &= candidates_;
  }

  [[nodiscard]] bool joined() const { return joined_; }  // an edge from pole to pole
  [[nodiscard]] const NodeSet& near_x() const { return near_x_; }
  [[nodiscard]] const NodeSet& near_y() const { return near_y_; }
  [[nodiscard]] const NodeSet& candidates() const { return candidates_; }
  [[nodiscard]] const NodeSet& neighbours(NodeId v) const {
    return neighbours_[static_cast<std::size_t>(v)];
  }
  [[nodiscard]] NodeSet neighbours_of(const NodeSet& set) const {
    NodeSet result;
    for (const NodeId v : set) result |= neighbours(v);
    return result - set;
  }
  // Everything that paths from `start` reach inside `within`, start & within included.
  [[nodiscard]] NodeSet component(const NodeSet& start, const NodeSet& within) const {
    NodeSet reached = start & within;
    auto frontier = reached.to_vector();
    while (!frontier.empty()) {
      const NodeId v = frontier.back();
      frontier.pop_back();
      const auto next = (neighbours(v) & within) - reached;
      reached |= next;
      frontier.insert(frontier.end(), next.begin(), next.end());
    }
    return reached;
  }

 private:
  NodeSet& row(NodeId v) { return neighbours_[static_cast<std::size_t>(v)]; }

  void join_all(const NodeSet& clique) {
    for (const NodeId v : clique) {
      row(v) |= clique;
      row(v).erase(v);
    }
  }

  // Nodes of one district and their parents see each other through its colliders.
  void augment(const Graph& graph, const NodeSet& relevant) {
    for (const auto& district : districts(graph, relevant))
      join_all((district | parents(graph, district)) & relevant);
  }

  // Takes out nodes that no separator may hold: their neighbours see each other through them.
  void bridge(const NodeSet& free) {
    NodeSet left = free;
    for (const NodeId v : free) {
      if (!left.contains(v)) continue;
      NodeSet start;
      start.insert(v);
      const auto part = component(start, free);
      left -= part;
      join_all(neighbours_of(part) - part);
    }
  }

  std::vector<NodeSet> neighbours_;
  NodeSet candidates_;
  NodeSet near_x_;
  NodeSet near_y_;
  bool joined_ = false;
};

// The side of x in one separation: the nodes joined to x, and the separator around them.
struct Side {
  NodeSet inside;
  NodeSet boundary;
};

// Among the minimal separators that leave `inside` on the side of x, the one nearest to x; its side
// lies within that of all others. Nullopt when `inside` touches y.
inline std::optional<Side> close(const PlainPoles& poles, const NodeSet& inside) {
  if (poles.joined() || inside.intersects(poles.near_y())) return std::nullopt;
  const auto around = (poles.neighbours_of(inside) | poles.near_x()) - inside;
  const auto beyond = poles.component(poles.near_y(), poles.candidates() - inside - around);
  const auto boundary = (poles.neighbours_of(beyond) | poles.near_y()) - beyond;
  return Side{poles.component(inside | poles.near_x(), poles.candidates() - boundary), boundary};
}

// A node of the search tree: minimal separators whose side of x holds side.inside and nothing of
// `outside`. Each has at least one, side.boundary, so that no work is in vain.
struct Branch {
  Side side;
  NodeSet outside;
};

inline SetListing list_by_cliques(const Graph& graph, const NodeSet& x, const NodeSet& y,
                                  const SeparatorBounds& bounds, std::size_t limit) {
  const PlainPoles poles(graph, x, y, bounds);
  SetListing listing;
  std::vector<Branch> open;
  if (auto side = close(poles, {})) open.push_back({std::move(*side), {}});
  while (!open.empty()) {
    if (listing.sets.size() >= limit) {
      listing.complete = false;
      break;
    }
    auto branch = std::move(open.back());
    open.pop_back();
    const auto undecided = branch.side.boundary - branch.outside;
    if (undecided.empty()) {
      listing.sets.push_back(branch.side.boundary | bounds.must);
      continue;
    }
    const NodeId v = *undecided.begin();
    auto inside = branch.side.inside;
    inside.insert(v);
    auto wider = close(poles, inside);
    if (wider && !wider->inside.intersects(branch.outside))
      open.push_back({std::move(*wider), branch.outside});
    branch.outside.insert(v);
    open.push_back(std::move(branch));
  }
  std::sort(listing.sets.begin(), listing.sets.end(), smaller_set_first);
  return listing;
}

}  // namespace causal_gym::plain

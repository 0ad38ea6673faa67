#include "engine/identify/minimal_separators.h"

#include <algorithm>

namespace causal_gym {
namespace {

// The side of x in one separation: the candidates joined to x, and the separator around them.
struct Side {
  NodeSet inside;
  NodeSet boundary;
};

// Closes sets of candidates to sides. Holds the marks of its searches, so that one costs no more
// than what it touches.
class Closing {
 public:
  explicit Closing(const PoleGraph& poles)
      : poles_(poles), cell_mark_(poles.cell_count(), 0), node_mark_(poles.node_count(), 0) {}

  // Among the minimal separators that leave `inside` on the side of x, the one nearest to x; its
  // side lies within that of all others. Nullopt when `inside` touches y.
  std::optional<Side> close(const NodeSet& inside) {
    if (poles_.joined() || !start(inside)) return std::nullopt;
    Side side;
    side.boundary = boundary();
    side.inside = grow(side.boundary);
    return side;
  }

 private:
  std::uint64_t& mark(CellId cell) { return cell_mark_[static_cast<std::size_t>(cell)]; }
  std::uint64_t& mark_of_node(NodeId v) { return node_mark_[static_cast<std::size_t>(v)]; }

  void add_start(CellId cell) {
    if (mark(cell) == round_) return;
    mark(cell) = round_;
    start_.push_back(cell);
  }

  // Marks the cells of x and of `inside`; false when one of them touches y.
  bool start(const NodeSet& inside) {
    round_ += 3;  // this round's marks are round_ .. round_ + 2
    start_.clear();
    for (const CellId cell : poles_.x_cells()) add_start(cell);
    for (const NodeId v : inside)
      for (const CellId cell : poles_.cells(v)) {
        if (poles_.near_y(cell)) return false;
        add_start(cell);
      }
    return true;
  }

  // The candidates at start cells that a search from y runs into.
  NodeSet boundary() {
    NodeSet met;
    queue_.clear();
    const auto enter = [&](CellId cell) {
      if (mark(cell) == round_ + 1) return;
      mark(cell) = round_ + 1;
      queue_.push_back(cell);
    };
    for (const CellId cell : poles_.y_cells()) enter(cell);
    while (!queue_.empty()) {
      const CellId cell = queue_.back();
      queue_.pop_back();
      for (const NodeId v : poles_.members(cell)) {
        if (mark_of_node(v) == round_) continue;
        mark_of_node(v) = round_;
        const auto cells = poles_.cells(v);
        if (std::any_of(cells.begin(), cells.end(), [&](CellId c) { return mark(c) == round_; })) {
          met.insert(v);
        } else {
          for (const CellId next : cells) enter(next);
        }
      }
    }
    return met;
  }

  // Everything joined to the start cells short of the boundary.
  NodeSet grow(const NodeSet& boundary) {
    NodeSet inside;
    for (const CellId cell : start_) mark(cell) = round_ + 2;
    queue_ = start_;
    while (!queue_.empty()) {
      const CellId cell = queue_.back();
      queue_.pop_back();
      for (const NodeId v : poles_.members(cell)) {
        if (boundary.contains(v) || mark_of_node(v) == round_ + 1) continue;
        mark_of_node(v) = round_ + 1;
        inside.insert(v);
        for (const CellId next : poles_.cells(v)) {
          if (mark(next) == round_ + 2) continue;
          mark(next) = round_ + 2;
          queue_.push_back(next);
        }
      }
    }
    return inside;
  }

  const PoleGraph& poles_;
  std::vector<std::uint64_t> cell_mark_;
  std::vector<std::uint64_t> node_mark_;
  std::vector<CellId> start_;
  std::vector<CellId> queue_;
  std::uint64_t round_ = 0;
};

// A node of the search tree, which stands for the minimal separators whose side of x holds
// side.inside and nothing of `outside`. side.boundary is one of them, already listed; the others
// hold some v of the boundary inside: v = undecided[next] and those after it are still to come.
struct Branch {
  Side side;
  NodeSet outside;
  std::vector<NodeId> undecided;
  std::size_t next = 0;

  Branch(Side of, NodeSet without)
      : side(std::move(of)),
        outside(std::move(without)),
        undecided((side.boundary - outside).to_vector()) {}
};

}  // namespace

bool smaller_set_first(const NodeSet& a, const NodeSet& b) {
  const auto size_a = a.size();
  const auto size_b = b.size();
  return size_a != size_b ? size_a < size_b : a.to_vector() < b.to_vector();
}

std::optional<NodeSet> find_minimal_separator(const Graph& graph, const NodeSet& x,
                                              const NodeSet& y, const SeparatorBounds& bounds,
                                              const EdgeCut& cut) {
  // The nearest to y is the nearest to the first pole when y is the first pole.
  const PoleGraph poles(graph, y, x, bounds, cut);
  const auto side = Closing(poles).close({});
  if (!side) return std::nullopt;
  return side->boundary | bounds.must;
}

SetListing list_minimal_separators(const Graph& graph, const NodeSet& x, const NodeSet& y,
                                   const SeparatorBounds& bounds, std::size_t limit,
                                   const CancellationToken& cancellation, const EdgeCut& cut) {
  const PoleGraph poles(graph, x, y, bounds, cut);
  Closing closing(poles);
  SetListing listing;
  std::vector<Branch> open;
  const auto add = [&](Side side, NodeSet outside) {
    if (listing.sets.size() >= limit) {
      listing.complete = false;
      return;
    }
    listing.sets.push_back(side.boundary | bounds.must);
    open.emplace_back(std::move(side), std::move(outside));
  };
  if (auto side = closing.close({})) add(std::move(*side), {});
  while (!open.empty() && listing.complete) {
    auto& branch = open.back();
    if (branch.next == branch.undecided.size()) {
      open.pop_back();
      continue;
    }
    if (cancellation.cancelled()) {
      listing.complete = false;
      break;
    }
    const NodeId v = branch.undecided[branch.next++];
    auto inside = branch.side.inside;
    inside.insert(v);
    auto outside = branch.outside;
    branch.outside.insert(v);
    auto wider = closing.close(inside);
    if (wider && !wider->inside.intersects(outside)) add(std::move(*wider), std::move(outside));
  }
  std::sort(listing.sets.begin(), listing.sets.end(), smaller_set_first);
  return listing;
}

}  // namespace causal_gym

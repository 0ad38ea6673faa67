#include "engine/identify/pole_graph.h"

#include <algorithm>
#include <numeric>

namespace causal_gym {
namespace {

// Cells that melt together: union-find with path halving.
class Cells {
 public:
  explicit Cells(std::size_t count) : parent_(count) {
    std::iota(parent_.begin(), parent_.end(), 0);
  }
  CellId find(CellId cell) {
    while (parent(cell) != cell) cell = parent(cell) = parent(parent(cell));
    return cell;
  }
  void melt(CellId a, CellId b) { parent(find(a)) = find(b); }

 private:
  CellId& parent(CellId cell) { return parent_[static_cast<std::size_t>(cell)]; }
  std::vector<CellId> parent_;
};

// The cell of each relevant node's district.
std::vector<CellId> cells_of_districts(const Graph& graph, const NodeSet& relevant, CellId& count) {
  std::vector<CellId> cell_of(graph.node_count(), -1);
  std::vector<NodeId> frontier;
  for (const NodeId start : relevant) {
    if (cell_of[static_cast<std::size_t>(start)] >= 0) continue;
    const CellId cell = count++;
    cell_of[static_cast<std::size_t>(start)] = cell;
    frontier.push_back(start);
    while (!frontier.empty()) {
      const NodeId v = frontier.back();
      frontier.pop_back();
      for (const NodeId spouse : graph.spouses(v)) {
        auto& own = cell_of[static_cast<std::size_t>(spouse)];
        if (own >= 0 || !relevant.contains(spouse)) continue;
        own = cell;
        frontier.push_back(spouse);
      }
    }
  }
  return cell_of;
}

void sort_once_each(std::vector<CellId>& cells) {
  std::sort(cells.begin(), cells.end());
  cells.erase(std::unique(cells.begin(), cells.end()), cells.end());
}

}  // namespace

PoleGraph::PoleGraph(const Graph& graph, const NodeSet& x, const NodeSet& y,
                     const SeparatorBounds& bounds, const EdgeCut& cut) {
  const auto relevant = ancestors_without(graph, cut, x | y | bounds.must);
  const auto poles = x | y;
  candidates_ = (bounds.may & relevant) - poles - bounds.must;
  CellId count = 0;
  const auto district_cell = cells_of_districts(graph, relevant, count);
  const auto cell_of = [&](NodeId v) { return district_cell[static_cast<std::size_t>(v)]; };
  // A node touches the cell of its own district and those of its children.
  const auto for_each_cell = [&](NodeId v, const auto& visit) {
    visit(cell_of(v));
    for (const NodeId child : graph.children(v))
      if (cell_of(child) >= 0 && !cut.cuts(v, child)) visit(cell_of(child));
  };
  Cells cells(static_cast<std::size_t>(count));
  for (const NodeId v : relevant - candidates_ - poles - bounds.must)
    for_each_cell(v, [&](CellId cell) { cells.melt(cell, cell_of(v)); });
  const auto touched = [&](const NodeSet& nodes) {
    std::vector<CellId> result;
    for (const NodeId v : nodes)
      for_each_cell(v, [&](CellId cell) { result.push_back(cells.find(cell)); });
    sort_once_each(result);
    return result;
  };
  x_cells_ = touched(x);
  y_cells_ = touched(y);
  near_y_.resize(static_cast<std::size_t>(count));
  for (const CellId cell : y_cells_) near_y_[static_cast<std::size_t>(cell)] = 1;
  joined_ = std::any_of(x_cells_.begin(), x_cells_.end(), [&](CellId c) { return near_y(c); });
  std::vector<CellId> own;
  first_cell_.assign(graph.node_count() + 1, 0);
  for (NodeId v = 0; static_cast<std::size_t>(v) < graph.node_count(); ++v) {
    if (candidates_.contains(v)) {
      own.clear();
      for_each_cell(v, [&](CellId cell) { own.push_back(cells.find(cell)); });
      sort_once_each(own);
      cells_.insert(cells_.end(), own.begin(), own.end());
    }
    first_cell_[static_cast<std::size_t>(v) + 1] = cells_.size();
  }
  store_members();
}

void PoleGraph::store_members() {
  first_member_.assign(cell_count() + 1, 0);
  for (const CellId cell : cells_) ++first_member_[static_cast<std::size_t>(cell) + 1];
  std::partial_sum(first_member_.begin(), first_member_.end(), first_member_.begin());
  members_.resize(cells_.size());
  auto next = first_member_;
  for (const NodeId v : candidates_)
    for (const CellId cell : cells(v)) members_[next[static_cast<std::size_t>(cell)]++] = v;
}

}  // namespace causal_gym

// Separators of x and y as vertex cuts of one undirected graph of linear size.
//
// Sets z with must <= z <= must + may that m-separate x from y are the cuts between two poles (x
// and y as one point each) in the augmented graph of the ancestors of x, y and must. There a
// district and its parents are a clique; here the clique is one cell that its members touch, and
// cells joined by a node that no cut may hold are one cell. So memory is O(n + m), not O(n^2).
// Source: Richardson 2003, Scandinavian Journal of Statistics 30 (augmented graph); van der Zander,
// Liskiewicz & Textor 2019, Artificial Intelligence 270 (bounds). Cost: O(n + m), nearly.
#pragma once

#include <span>
#include <vector>

#include "engine/graph/effect_edges.h"

namespace causal_gym {

// Where a separator may lie.
struct SeparatorBounds {
  NodeSet must;  // in every set, disjoint from x and y
  NodeSet may;   // what a set may hold beside; nodes of x, y and must in it count for nothing
};

using CellId = std::int32_t;

class PoleGraph {
 public:
  // Of the graph without the edges of `cut`. x and y are disjoint.
  PoleGraph(const Graph& graph, const NodeSet& x, const NodeSet& y, const SeparatorBounds& bounds,
            const EdgeCut& cut = {});

  // Some cell touches both poles: nothing separates them.
  [[nodiscard]] bool joined() const { return joined_; }
  [[nodiscard]] std::size_t node_count() const { return first_cell_.size() - 1; }
  [[nodiscard]] std::size_t cell_count() const { return near_y_.size(); }
  // What a cut may hold.
  [[nodiscard]] const NodeSet& candidates() const { return candidates_; }
  // Of a candidate: the cells it touches, each once.
  [[nodiscard]] std::span<const CellId> cells(NodeId v) const {
    return row(cells_, first_cell_, static_cast<std::size_t>(v));
  }
  // The candidates that touch the cell, each once.
  [[nodiscard]] std::span<const NodeId> members(CellId cell) const {
    return row(members_, first_member_, static_cast<std::size_t>(cell));
  }
  [[nodiscard]] const std::vector<CellId>& x_cells() const { return x_cells_; }
  [[nodiscard]] const std::vector<CellId>& y_cells() const { return y_cells_; }
  [[nodiscard]] bool near_y(CellId cell) const {
    return near_y_[static_cast<std::size_t>(cell)] != 0;
  }

 private:
  template <class T>
  static std::span<const T> row(const std::vector<T>& all, const std::vector<std::size_t>& first,
                                std::size_t i) {
    return std::span(all).subspan(first[i], first[i + 1] - first[i]);
  }
  void store_members();

  NodeSet candidates_;
  std::vector<CellId> cells_;
  std::vector<std::size_t> first_cell_;
  std::vector<NodeId> members_;
  std::vector<std::size_t> first_member_;
  std::vector<CellId> x_cells_;
  std::vector<CellId> y_cells_;
  std::vector<char> near_y_;
  bool joined_ = false;
};

}  // namespace causal_gym

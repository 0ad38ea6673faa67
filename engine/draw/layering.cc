#include "engine/draw/layering.h"

#include <algorithm>

namespace causal_gym {
namespace {

constexpr int sweeps = 24;
constexpr int patience = 8;  // sweeps without fewer crossings before the search ends
constexpr int swap_rounds = 8;

std::size_t at(NodeId v) { return static_cast<std::size_t>(v); }

bool has_directed_edge(const Graph& graph, NodeId v) {
  return !graph.parents(v).empty() || !graph.children(v).empty();
}

// Nodes without directed edges fill up the columns that hold the fewest nodes, so that the picture
// stays compact. Without a single directed edge there are as many columns as in a square.
void place_the_rest(const Graph& graph, std::vector<std::size_t>& column) {
  std::size_t rest = 0;
  std::vector<std::size_t> filled;
  for (std::size_t i = 0; i < column.size(); ++i) {
    if (!has_directed_edge(graph, static_cast<NodeId>(i))) {
      ++rest;
      continue;
    }
    if (filled.size() <= column[i]) filled.resize(column[i] + 1, 0);
    ++filled[column[i]];
  }
  while (filled.size() * filled.size() < rest) filled.push_back(0);
  for (std::size_t i = 0; i < column.size(); ++i) {
    if (has_directed_edge(graph, static_cast<NodeId>(i))) continue;
    const auto fewest = std::min_element(filled.begin(), filled.end());
    column[i] = static_cast<std::size_t>(fewest - filled.begin());
    ++*fewest;
  }
}

// The length of the longest path to each node; roots stand next to their first effect.
std::vector<std::size_t> columns_of(const Graph& graph) {
  std::vector<std::size_t> column(graph.node_count(), 0);
  for (const NodeId v : graph.topological_order())
    for (const NodeId parent : graph.parents(v))
      column[at(v)] = std::max(column[at(v)], column[at(parent)] + 1);
  for (std::size_t i = 0; i < column.size(); ++i) {
    const auto v = static_cast<NodeId>(i);
    if (!graph.parents(v).empty() || graph.children(v).empty()) continue;
    std::size_t nearest = graph.node_count();
    for (const NodeId child : graph.children(v)) nearest = std::min(nearest, column[at(child)]);
    column[i] = nearest - 1;
  }
  place_the_rest(graph, column);
  return column;
}

// Adds the items of one edge from left to right, with its bends.
std::vector<std::size_t> add_edge(Layering& layering, NodeId a, NodeId b) {
  auto& items = layering.items;
  std::size_t from = at(a);
  std::size_t to = at(b);
  if (items[from].column > items[to].column) std::swap(from, to);
  std::vector<std::size_t> chain{from};
  for (auto column = items[from].column + 1; column < items[to].column; ++column) {
    chain.push_back(items.size());
    items.push_back({-1, column, {}, {}});
  }
  chain.push_back(to);
  if (items[from].column == items[to].column) return chain;
  for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
    items[chain[i]].right.push_back(chain[i + 1]);
    items[chain[i + 1]].left.push_back(chain[i]);
  }
  return chain;
}

// Orders the columns. Neighbours, order and places lie in flat arrays, since this is where the time
// of a drawing goes.
class Untangler {
 public:
  explicit Untangler(const Layering& layering)
      : left_(layering, &LayerItem::left), right_(layering, &LayerItem::right) {
    begin_.push_back(0);
    place_.resize(layering.items.size());
    for (const auto& column : layering.columns) {
      for (std::size_t i = 0; i < column.size(); ++i) place_[column[i]] = static_cast<Index>(i);
      for (const auto item : column) order_.push_back(static_cast<Index>(item));
      begin_.push_back(order_.size());
    }
  }

  void reduce_crossings() {
    auto best = order_;
    auto fewest = crossings();
    int last_success = 0;
    for (int round = 0; round < sweeps && round - last_success <= patience; ++round) {
      if (fewest == 0) break;
      sweep(round % 2 == 0);
      const auto swept_order = order_;
      const auto swept_place = place_;
      for (int i = 0; i < swap_rounds && swap_neighbours(); ++i) {
      }
      if (const auto count = crossings(); count < fewest) {
        fewest = count;
        last_success = round;
        best = order_;
      }
      // The next sweep goes on from the order without swaps, which leads to more kinds of order.
      order_ = swept_order;
      place_ = swept_place;
    }
    order_ = best;
  }

  void write_back(Layering& layering) const {
    for (std::size_t c = 0; c < layering.columns.size(); ++c)
      std::copy(order_.begin() + static_cast<std::ptrdiff_t>(begin_[c]),
                order_.begin() + static_cast<std::ptrdiff_t>(begin_[c + 1]),
                layering.columns[c].begin());
  }

  [[nodiscard]] std::size_t crossings() {
    std::size_t count = 0;
    for (std::size_t c = 0; c + 2 < begin_.size(); ++c) {
      const auto size = begin_[c + 2] - begin_[c + 1];
      tree_.assign(size + 1, 0);  // Fenwick tree over the places on the right
      std::size_t entered = 0;
      for (auto i = begin_[c]; i < begin_[c + 1]; ++i) {
        const auto right = right_.of(order_[i]);
        for (const auto other : right) {
          std::size_t not_below = 0;
          for (std::size_t k = place_[other] + 1; k > 0; k &= k - 1) not_below += tree_[k];
          count += entered - not_below;
        }
        for (const auto other : right)
          for (std::size_t k = place_[other] + 1; k <= size; k += k & (~k + 1)) ++tree_[k];
        entered += right.size();
      }
    }
    return count;
  }

 private:
  using Index = std::uint32_t;

  // The neighbours of each item on one side, as compressed rows.
  class Neighbours {
   public:
    Neighbours(const Layering& layering, std::vector<std::size_t> LayerItem::*side) {
      begin_.push_back(0);
      for (const auto& item : layering.items) {
        for (const auto other : item.*side) items_.push_back(static_cast<Index>(other));
        begin_.push_back(items_.size());
      }
    }
    [[nodiscard]] std::span<const Index> of(Index item) const {
      return {items_.data() + begin_[item], begin_[item + 1] - begin_[item]};
    }

   private:
    std::vector<std::size_t> begin_;
    std::vector<Index> items_;
  };

  // Orders each column by the mean place of its neighbours in the column swept before.
  void sweep(bool rightwards) {
    const auto& neighbours = rightwards ? left_ : right_;
    const auto count = begin_.size() - 1;
    for (std::size_t step = 1; step < count; ++step) {
      const auto c = rightwards ? step : count - 1 - step;
      keyed_.clear();
      for (auto i = begin_[c]; i < begin_[c + 1]; ++i) {
        const auto others = neighbours.of(order_[i]);
        double sum = others.empty() ? static_cast<double>(place_[order_[i]]) : 0;
        for (const auto other : others) sum += static_cast<double>(place_[other]);
        keyed_.push_back(
            {sum / static_cast<double>(std::max<std::size_t>(others.size(), 1)), order_[i]});
      }
      sort_keys();
      for (std::size_t i = 0; i < keyed_.size(); ++i) {
        order_[begin_[c] + i] = keyed_[i].second;
        place_[keyed_[i].second] = static_cast<Index>(i);
      }
    }
  }

  // Equal keys keep their order. Most columns are short and nearly sorted.
  void sort_keys() {
    constexpr std::size_t short_column = 32;
    if (keyed_.size() > short_column) {
      std::stable_sort(keyed_.begin(), keyed_.end(),
                       [](const auto& a, const auto& b) { return a.first < b.first; });
      return;
    }
    for (std::size_t i = 1; i < keyed_.size(); ++i) {
      const auto moved = keyed_[i];
      auto k = i;
      for (; k > 0 && keyed_[k - 1].first > moved.first; --k) keyed_[k] = keyed_[k - 1];
      keyed_[k] = moved;
    }
  }

  // Crossings between the edges of two items on one side: as they stand, and when swapped.
  void add_crossings(std::span<const Index> above, std::span<const Index> below, std::size_t& now,
                     std::size_t& swapped) const {
    for (const auto a : above)
      for (const auto b : below) {
        now += place_[a] > place_[b] ? 1 : 0;
        swapped += place_[a] < place_[b] ? 1 : 0;
      }
  }

  // Swaps neighbours in a column wherever that removes crossings; false when nothing was swapped.
  bool swap_neighbours() {
    bool changed = false;
    for (std::size_t c = 0; c + 1 < begin_.size(); ++c)
      for (auto i = begin_[c]; i + 1 < begin_[c + 1]; ++i) {
        std::size_t now = 0;
        std::size_t swapped = 0;
        add_crossings(left_.of(order_[i]), left_.of(order_[i + 1]), now, swapped);
        add_crossings(right_.of(order_[i]), right_.of(order_[i + 1]), now, swapped);
        if (swapped >= now) continue;
        std::swap(order_[i], order_[i + 1]);
        std::swap(place_[order_[i]], place_[order_[i + 1]]);
        changed = true;
      }
    return changed;
  }

  Neighbours left_;
  Neighbours right_;
  std::vector<std::size_t> begin_;  // of each column in order_
  std::vector<Index> order_;        // items, column by column
  std::vector<Index> place_;        // of each item within its column
  std::vector<std::size_t> tree_;
  std::vector<std::pair<double, Index>> keyed_;
};

}  // namespace

std::size_t bend_count(const Graph& graph) {
  const auto column = columns_of(graph);
  std::size_t count = 0;
  for (const auto edges : {graph.directed_edges(), graph.bidirected_edges()})
    for (const auto& [a, b] : edges) {
      const auto [low, high] = std::minmax(column[at(a)], column[at(b)]);
      count += high > low + 1 ? high - low - 1 : 0;
    }
  return count;
}

Layering layer_graph(const Graph& graph) {
  Layering layering;
  const auto column = columns_of(graph);
  for (std::size_t i = 0; i < column.size(); ++i)
    layering.items.push_back({static_cast<NodeId>(i), column[i], {}, {}});
  for (const auto& [from, to] : graph.directed_edges())
    layering.directed.push_back(add_edge(layering, from, to));
  for (const auto& [a, b] : graph.bidirected_edges())
    layering.bidirected.push_back(add_edge(layering, a, b));
  for (std::size_t i = 0; i < layering.items.size(); ++i) {
    const auto place = layering.items[i].column;
    if (layering.columns.size() <= place) layering.columns.resize(place + 1);
    layering.columns[place].push_back(i);
  }
  Untangler untangler(layering);
  untangler.reduce_crossings();
  untangler.write_back(layering);
  return layering;
}

std::size_t crossing_count(const Layering& layering) { return Untangler(layering).crossings(); }

}  // namespace causal_gym

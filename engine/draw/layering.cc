#include "engine/draw/layering.h"

#include <algorithm>

namespace causal_gym {
namespace {

constexpr int sweeps = 24;
constexpr int swap_rounds = 8;

std::size_t at(NodeId v) { return static_cast<std::size_t>(v); }

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

std::vector<std::size_t> places(const Layering& layering) {
  std::vector<std::size_t> place(layering.items.size());
  for (const auto& column : layering.columns)
    for (std::size_t i = 0; i < column.size(); ++i) place[column[i]] = i;
  return place;
}

// Orders each column by the mean place of its neighbours in the column swept before.
void sweep(Layering& layering, bool rightwards) {
  auto place = places(layering);
  const auto count = layering.columns.size();
  for (std::size_t step = 1; step < count; ++step) {
    auto& column = layering.columns[rightwards ? step : count - 1 - step];
    std::vector<double> key(layering.items.size());
    for (const auto item : column) {
      const auto& neighbours = rightwards ? layering.items[item].left : layering.items[item].right;
      double sum = neighbours.empty() ? static_cast<double>(place[item]) : 0;
      for (const auto other : neighbours) sum += static_cast<double>(place[other]);
      key[item] = sum / static_cast<double>(std::max<std::size_t>(neighbours.size(), 1));
    }
    std::stable_sort(column.begin(), column.end(),
                     [&](std::size_t a, std::size_t b) { return key[a] < key[b]; });
    for (std::size_t i = 0; i < column.size(); ++i) place[column[i]] = i;
  }
}

// Crossings between the edges of two items on one side when `above` stands above `below`.
std::size_t crossings_of_pair(const std::vector<std::size_t>& above,
                              const std::vector<std::size_t>& below,
                              const std::vector<std::size_t>& place) {
  std::size_t count = 0;
  for (const auto a : above)
    for (const auto b : below) count += place[a] > place[b] ? 1 : 0;
  return count;
}

// Swaps neighbours in a column wherever that removes crossings; false when nothing was swapped.
bool swap_neighbours(Layering& layering) {
  auto place = places(layering);
  bool changed = false;
  for (auto& column : layering.columns)
    for (std::size_t i = 0; i + 1 < column.size(); ++i) {
      const auto& a = layering.items[column[i]];
      const auto& b = layering.items[column[i + 1]];
      const auto now =
          crossings_of_pair(a.left, b.left, place) + crossings_of_pair(a.right, b.right, place);
      const auto swapped =
          crossings_of_pair(b.left, a.left, place) + crossings_of_pair(b.right, a.right, place);
      if (swapped >= now) continue;
      std::swap(column[i], column[i + 1]);
      std::swap(place[column[i]], place[column[i + 1]]);
      changed = true;
    }
  return changed;
}

void reduce_crossings(Layering& layering) {
  auto best = layering.columns;
  auto fewest = crossing_count(layering);
  for (int round = 0; round < sweeps && fewest > 0; ++round) {
    sweep(layering, round % 2 == 0);
    auto candidate = layering;
    for (int i = 0; i < swap_rounds && swap_neighbours(candidate); ++i) {
    }
    const auto count = crossing_count(candidate);
    if (count >= fewest) continue;
    fewest = count;
    best = candidate.columns;
  }
  layering.columns = best;
}

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
  reduce_crossings(layering);
  return layering;
}

std::size_t crossing_count(const Layering& layering) {
  const auto place = places(layering);
  std::size_t crossings = 0;
  for (std::size_t c = 0; c + 1 < layering.columns.size(); ++c) {
    const auto size = layering.columns[c + 1].size();
    std::vector<std::size_t> tree(size + 1, 0);  // Fenwick tree over the places on the right
    std::size_t entered = 0;
    for (const auto item : layering.columns[c]) {
      const auto& right = layering.items[item].right;
      for (const auto other : right) {
        std::size_t not_below = 0;
        for (auto i = place[other] + 1; i > 0; i &= i - 1) not_below += tree[i];
        crossings += entered - not_below;
      }
      for (const auto other : right)
        for (auto i = place[other] + 1; i <= size; i += i & (~i + 1)) ++tree[i];
      entered += right.size();
    }
  }
  return crossings;
}

}  // namespace causal_gym

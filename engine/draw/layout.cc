#include "engine/draw/layout.h"

#include <algorithm>
#include <cmath>

#include "engine/draw/layering.h"

namespace causal_gym {
namespace {

constexpr double margin = 16;
constexpr double gap = 76;  // between columns, at least
constexpr double widest_gap = 200;
constexpr double climb = 0.4;      // width of a gap for each pixel that an edge climbs in it
constexpr double node_space = 26;  // between boxes in a column
constexpr double lane = 14;        // height of a bend with its space
constexpr double port_step = 11;   // between the ends of edges on one side of a box
constexpr double arc_step = 14;    // between overlapping arcs beside a column
constexpr double bow = 30;         // height of a bidirected edge between neighbouring columns
constexpr int alignment_rounds = 24;

double rounded(double value) { return std::round(value * 10) / 10; }

struct Pool {
  double mean = 0;
  double weight = 0;
  std::size_t count = 0;
};

// Adds a value to the nearest non-decreasing sequence in weighted least squares.
void add_to_pools(std::vector<Pool>& pools, double wanted, double weight) {
  pools.push_back({wanted, weight, 1});
  while (pools.size() > 1 && pools[pools.size() - 2].mean > pools.back().mean) {
    const auto last = pools.back();
    pools.pop_back();
    auto& pool = pools.back();
    pool.mean = (pool.mean * pool.weight + last.mean * last.weight) / (pool.weight + last.weight);
    pool.weight += last.weight;
    pool.count += last.count;
  }
}

// A route's end at the side of a box, or where it crosses a column.
struct Port {
  std::size_t route = 0;
  bool at_start = true;
  double key = 0;  // ports of one side are ordered by it
};

class Layouter {
 public:
  Layouter(const Graph& graph, std::span<const Box> sizes)
      : graph_(graph), sizes_(sizes), layering_(layer_graph(graph)) {}

  Layout run() {
    for (const auto& chain : layering_.directed) chains_.push_back(&chain);
    for (const auto& chain : layering_.bidirected) chains_.push_back(&chain);
    place_rows();
    place_columns();
    for (std::size_t i = 0; i < graph_.node_count(); ++i)
      layout_.nodes.push_back(
          {{center_[layering_.items[i].column], y_[i]}, sizes_[i].width, sizes_[i].height});
    assign_ports();
    for (std::size_t i = 0; i < chains_.size(); ++i)
      (is_bidirected(i) ? layout_.bidirected : layout_.directed).push_back(route(i));
    return std::move(layout_);
  }

 private:
  [[nodiscard]] bool is_bidirected(std::size_t route) const {
    return route >= layering_.directed.size();
  }
  [[nodiscard]] bool in_one_column(std::size_t route) const {
    const auto& chain = *chains_[route];
    return layering_.items[chain.front()].column == layering_.items[chain.back()].column;
  }
  // Arcs stand right of their column; those of the first one left of it, where no other edge is.
  [[nodiscard]] int arc_side(std::size_t route) const {
    const bool first = layering_.items[chains_[route]->front()].column == 0;
    return first && layering_.columns.size() > 1 ? -1 : 1;
  }
  // Bidirected edges between neighbouring columns bow upwards, clear of an edge beside them.
  [[nodiscard]] bool bows(std::size_t route) const {
    return is_bidirected(route) && chains_[route]->size() == 2 && !in_one_column(route);
  }

  void place_rows() {
    y_.assign(layering_.items.size(), 0);
    for (const auto& item : layering_.items)
      half_height_.push_back(
          item.node < 0 ? lane / 2
                        : (sizes_[static_cast<std::size_t>(item.node)].height + node_space) / 2);
    for (const auto& column : layering_.columns) {
      double height = 0;
      for (const auto item : column) height += 2 * half_height_[item];
      double top = -height / 2;
      for (const auto item : column) {
        y_[item] = top + half_height_[item];
        top += 2 * half_height_[item];
      }
    }
    for (int round = 0; round < alignment_rounds; ++round) {
      const bool both = round + 4 >= alignment_rounds;
      const bool rightwards = round % 2 == 0;
      for (std::size_t i = 0; i < layering_.columns.size(); ++i)
        align(layering_.columns[rightwards ? i : layering_.columns.size() - 1 - i],
              both || rightwards, both || !rightwards);
    }
    double top = 0;
    double bottom = 0;
    for (std::size_t i = 0; i < y_.size(); ++i) {
      top = std::min(top, y_[i] - half_height_[i]);
      bottom = std::max(bottom, y_[i] + half_height_[i]);
    }
    for (auto& y : y_) y = rounded(y - top + margin);
    layout_.height = rounded(bottom - top + 2 * margin);
  }

  // Moves a column towards its neighbours, keeping order and distances.
  void align(const std::vector<std::size_t>& column, bool use_left, bool use_right) {
    pools_.clear();
    offsets_.clear();
    double stacked = 0;
    for (const auto item : column) {
      const auto& here = layering_.items[item];
      stacked += half_height_[item];
      double sum = 0;
      double count = 0;
      const auto add = [&](const std::vector<std::size_t>& others) {
        for (const auto other : others) {
          // A bend that meets a bend keeps a long edge straight.
          const double pull = here.node < 0 && layering_.items[other].node < 0 ? 6 : 1;
          sum += pull * y_[other];
          count += pull;
        }
      };
      if (use_left) add(here.left);
      if (use_right) add(here.right);
      add_to_pools(pools_, (count > 0 ? sum / count : y_[item]) - stacked,
                   count > 0 ? count : 0.05);
      offsets_.push_back(stacked);
      stacked += half_height_[item];
    }
    std::size_t i = 0;
    for (const auto& pool : pools_)
      for (const auto end = i + pool.count; i < end; ++i) y_[column[i]] = pool.mean + offsets_[i];
  }

  // How far the arc between two nodes of one column reaches out, for each bidirected edge: beyond
  // the shorter arcs that it overlaps.
  void reach_out() {
    const auto& arcs = layering_.bidirected;
    arc_reach_.assign(arcs.size(), 0);
    struct Span {
      std::size_t column, arc;
      double top, bottom;
    };
    std::vector<Span> spans;
    for (std::size_t i = 0; i < arcs.size(); ++i) {
      const auto column = layering_.items[arcs[i].front()].column;
      if (layering_.items[arcs[i].back()].column != column) continue;
      const auto [top, bottom] = std::minmax(y_[arcs[i].front()], y_[arcs[i].back()]);
      spans.push_back({column, i, top, bottom});
    }
    std::stable_sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) {
      return std::pair(a.column, a.bottom - a.top) < std::pair(b.column, b.bottom - b.top);
    });
    for (std::size_t i = 0; i < spans.size(); ++i) {
      const auto& arc = spans[i];
      double reach = std::min(gap - 8, 26 + (arc.bottom - arc.top) / 8);
      for (std::size_t k = i; k-- > 0 && spans[k].column == arc.column;)
        if (spans[k].top < arc.bottom && spans[k].bottom > arc.top)
          reach = std::max(reach, arc_reach_[spans[k].arc] + arc_step);
      reach = std::min(reach, widest_gap);
      arc_reach_[arc.arc] = reach;
    }
  }

  void place_columns() {
    reach_out();
    gaps_ = gap_widths();
    double x = margin + left_room();
    for (std::size_t c = 0; c < layering_.columns.size(); ++c) {
      double width = 0;
      for (const auto item : layering_.columns[c])
        if (const auto node = layering_.items[item].node; node >= 0)
          width = std::max(width, sizes_[static_cast<std::size_t>(node)].width);
      left_.push_back(rounded(x));
      right_.push_back(rounded(x + width));
      center_.push_back(rounded(x + width / 2));
      x = right_.back() + gaps_[c];
    }
    layout_.width = rounded(x + margin);
  }

  // For the arcs left of the first column, and notes beside them.
  [[nodiscard]] double left_room() const {
    double room = 0;
    for (std::size_t k = 0; k < arc_reach_.size(); ++k)
      if (arc_reach_[k] > 0 && arc_side(layering_.directed.size() + k) < 0)
        room = std::max(room, 0.75 * arc_reach_[k] + 14);  // how far a Bezier arc comes
    return room;
  }

  // The room to the right of each column: more where edges climb far, so that none is steep; none
  // after the last, unless arcs join nodes of it.
  [[nodiscard]] std::vector<double> gap_widths() const {
    std::vector<double> gaps(layering_.columns.size(), 0);
    for (std::size_t i = 0; i < layering_.items.size(); ++i)
      for (const auto other : layering_.items[i].right) {
        auto& width = gaps[layering_.items[i].column];
        width = std::max(width, std::abs(y_[other] - y_[i]) * climb);
      }
    for (std::size_t c = 0; c + 1 < gaps.size(); ++c)
      gaps[c] = std::clamp(gaps[c], gap, widest_gap);
    for (std::size_t k = 0; k < arc_reach_.size(); ++k) {
      if (arc_reach_[k] == 0 || arc_side(layering_.directed.size() + k) < 0) continue;
      auto& width = gaps[layering_.items[layering_.bidirected[k].front()].column];
      width = std::max({width, gap, std::min(arc_reach_[k] + 12, widest_gap)});
    }
    return gaps;
  }

  void assign_ports() {
    const auto count = layering_.items.size();
    std::vector<std::vector<Port>> leaving(count);
    std::vector<std::vector<Port>> arriving(count);
    for (std::size_t i = 0; i < chains_.size(); ++i) {
      const auto& chain = *chains_[i];
      // Arcs and bows keep to the outside of their side.
      const double aside = bows(i) ? -1e6 : 0;
      if (in_one_column(i)) {
        auto& side = arc_side(i) < 0 ? arriving : leaving;
        const bool down = y_[chain[1]] > y_[chain[0]];
        side[chain[0]].push_back({i, true, down ? 1e7 - y_[chain[1]] : -1e7 - y_[chain[1]]});
        side[chain[1]].push_back({i, false, down ? -1e7 - y_[chain[0]] : 1e7 - y_[chain[0]]});
        continue;
      }
      leaving[chain.front()].push_back({i, true, y_[chain[1]] + aside});
      arriving[chain.back()].push_back({i, false, y_[chain[chain.size() - 2]] + aside});
    }
    start_y_.resize(chains_.size());
    end_y_.resize(chains_.size());
    for (std::size_t i = 0; i < graph_.node_count(); ++i) {
      spread(i, leaving[i]);
      spread(i, arriving[i]);
    }
  }

  // Sets the heights of the ports on one side of a box.
  void spread(std::size_t node, std::vector<Port>& ports) {
    std::stable_sort(ports.begin(), ports.end(),
                     [](const Port& a, const Port& b) { return a.key < b.key; });
    const auto last = static_cast<double>(ports.size()) - 1;
    const double step = last > 0 ? std::min(port_step, (sizes_[node].height - 12) / last) : 0;
    for (std::size_t i = 0; i < ports.size(); ++i) {
      const double y = rounded(y_[node] + (static_cast<double>(i) - last / 2) * step);
      (ports[i].at_start ? start_y_ : end_y_)[ports[i].route] = y;
    }
  }

  // Where the outline of a node is met at this height; side is -1 (left) or 1 (right).
  [[nodiscard]] Point outline(std::size_t node, double y, int side) const {
    const auto& box = layout_.nodes[node];
    double half = box.width / 2;
    if (graph_.is_latent(static_cast<NodeId>(node))) {
      const double t = (y - box.center.y) / (box.height / 2);
      half *= std::sqrt(std::max(0.0, 1 - t * t));
    }
    return {rounded(box.center.x + side * half), y};
  }

  [[nodiscard]] Route route(std::size_t i) const {
    if (in_one_column(i)) return arc(i);
    const auto& chain = *chains_[i];
    const auto column = layering_.items[chain.front()].column;
    const auto start = outline(chain.front(), start_y_[i], 1);
    Route route;
    add_line(route, start, {right_[column], start.y});
    for (std::size_t k = 1; k < chain.size(); ++k) {
      const bool last = k + 1 == chain.size();
      const double y = last ? end_y_[i] : y_[chain[k]];
      // Between unlike heights the slope itself keeps a bidirected edge clear.
      const bool lifted = bows(i) && std::abs(y - start.y) < bow;
      const double width = left_[column + k] - right_[column + k - 1];
      const double reach = width / (lifted ? 4 : 2);
      const double lift = lifted ? bow : 0;
      const Point from = route.empty() ? start : route.back().to;
      const Point to{left_[column + k], y};
      route.push_back({from, {from.x + reach, from.y - lift}, {to.x - reach, to.y - lift}, to});
      add_line(route, to, last ? outline(chain[k], y, -1) : Point{right_[column + k], y});
    }
    return route;
  }

  // A bidirected edge between two nodes of one column.
  [[nodiscard]] Route arc(std::size_t i) const {
    const auto& chain = *chains_[i];
    const auto column = layering_.items[chain.front()].column;
    const int side = arc_side(i);
    const double edge = side < 0 ? left_[column] : right_[column];
    const double room = side < 0 ? widest_gap : gaps_[column] - 8;
    const double reach = side * std::min(arc_reach_[i - layering_.directed.size()], room);
    const Point from{edge, start_y_[i]};
    const Point to{edge, end_y_[i]};
    Route route;
    add_line(route, outline(chain.front(), from.y, side), from);
    route.push_back({from, {from.x + reach, from.y}, {to.x + reach, to.y}, to});
    add_line(route, to, outline(chain.back(), to.y, side));
    return route;
  }

  static void add_line(Route& route, Point from, Point to) {
    if (from == to) return;
    const Point third{(to.x - from.x) / 3, (to.y - from.y) / 3};
    route.push_back(
        {from, {from.x + third.x, from.y + third.y}, {to.x - third.x, to.y - third.y}, to});
  }

  const Graph& graph_;
  std::span<const Box> sizes_;
  Layering layering_;
  Layout layout_;
  std::vector<double> y_;                                // centre of each item
  std::vector<double> half_height_;                      // of each item, with the space around it
  std::vector<Pool> pools_;                              // of the column that is aligned
  std::vector<double> offsets_;                          // of its items from its first
  std::vector<double> arc_reach_;                        // of each bidirected edge within a column
  std::vector<double> gaps_;                             // to the right of each column
  std::vector<double> left_, right_, center_;            // of each column
  std::vector<const std::vector<std::size_t>*> chains_;  // of directed, then bidirected edges
  std::vector<double> start_y_, end_y_;                  // of each route
};

}  // namespace

Point point_on(const Curve& curve, double t) {
  const double s = 1 - t;
  const double a = s * s * s;
  const double b = 3 * s * s * t;
  const double c = 3 * s * t * t;
  const double d = t * t * t;
  return {a * curve.from.x + b * curve.near_from.x + c * curve.near_to.x + d * curve.to.x,
          a * curve.from.y + b * curve.near_from.y + c * curve.near_to.y + d * curve.to.y};
}

Layout lay_out(const Graph& graph, std::span<const Box> sizes) {
  return Layouter(graph, sizes).run();
}

}  // namespace causal_gym

#include "engine/draw/picture.h"

#include <algorithm>
#include <cmath>

#include "engine/draw/layering.h"
#include "engine/graph/node_name.h"

namespace causal_gym {
namespace {

constexpr double node_height = 40;
constexpr double port_height = 8;  // what each edge at one side of a box asks for
constexpr double tallest_node = 240;
constexpr double narrowest_node = 48;
constexpr double label_padding = 14;       // on either side
constexpr std::size_t label_columns = 28;  // longer labels are cut short; the tooltip has the rest
constexpr double column_width = 8;         // of a Latin letter at 15 px; a wide one takes two

// Columns that a character takes, as terminals count them (roughly East Asian width).
std::size_t columns_of(char32_t code) {
  const bool combining = code >= 0x300 && code < 0x370;
  return combining ? 0 : code >= 0x1100 ? 2 : 1;
}

struct Label {
  std::string text;
  std::size_t columns = 0;
};

// The label, or its beginning and an ellipsis. Bytes that are not UTF-8 end it.
Label shortened(std::string_view text) {
  Label label;
  for (std::size_t i = 0; i < text.size();) {
    const auto [code, size] = first_character(text.substr(i));
    if (size == 0 || label.columns + columns_of(code) > label_columns) {
      label.text += "…";
      ++label.columns;
      break;
    }
    label.text += text.substr(i, size);
    label.columns += columns_of(code);
    i += size;
  }
  return label;
}

// Room for the label, and for an arrowhead of each edge.
Box size_of(const Graph& graph, NodeId v, std::size_t columns) {
  const bool latent = graph.is_latent(v);
  const double padding = latent ? 1.6 * label_padding : label_padding;
  const double text = static_cast<double>(columns) * column_width;
  const auto ports =
      std::max(graph.parents(v).size(), graph.children(v).size()) + graph.spouses(v).size();
  const double height =
      std::clamp(static_cast<double>(ports) * port_height + 8, node_height, tallest_node);
  const double width = latent && columns <= 2
                           ? node_height
                           : std::max(latent ? node_height : narrowest_node, text + 2 * padding);
  return {{}, width, height};
}

bool overlap(const Box& a, const Box& b) {
  return std::abs(a.center.x - b.center.x) < (a.width + b.width) / 2 &&
         std::abs(a.center.y - b.center.y) < (a.height + b.height) / 2;
}

// Finds places for notes beside routes, clear of what is already there.
class NotePlacer {
 public:
  explicit NotePlacer(const Layout& layout) : layout_(layout) {
    columns_ = cell(layout.width) + 1;
    cells_.resize(columns_ * (cell(layout.height) + 1));
    for (const auto* routes : {&layout.directed, &layout.bidirected})
      for (const auto& route : *routes)
        for (const auto& curve : route)
          for (int step = 0; step < samples; ++step) {
            const auto point = point_on(curve, (step + 0.5) / samples);
            cell_at(point).push_back({point, &route});
          }
  }

  Point place(const Route& route) {
    double least = 1e9;
    Point best = point_on(route.front(), 0.5);
    for (const auto& curve : route)
      for (const double t : {0.5, 0.35, 0.65, 0.2, 0.8})
        for (const double side : {-1.0, 1.0}) {
          const auto center = beside(curve, t, side);
          const double cost = cost_of({center, note_width, note_height}, route) + std::abs(t - 0.5);
          if (cost >= least) continue;
          least = cost;
          best = center;
        }
    notes_.push_back({best, note_width, note_height});
    return best;
  }

 private:
  static constexpr int samples = 12;       // on each curve
  static constexpr double cell_size = 32;  // of the grid that finds what is near

  struct Sample {
    Point point;
    const Route* route;
  };

  static std::size_t cell(double length) {
    return static_cast<std::size_t>(std::max(0.0, length) / cell_size);
  }
  std::vector<Sample>& cell_at(Point p) {
    const auto column = std::min(cell(p.x), columns_ - 1);
    return cells_[std::min(cell(p.y), cells_.size() / columns_ - 1) * columns_ + column];
  }

  // The centre of a note that touches the curve at t from one side.
  static Point beside(const Curve& curve, double t, double side) {
    const auto here = point_on(curve, t);
    const auto next = point_on(curve, t + 0.02);
    const double length = std::max(1e-9, std::hypot(next.x - here.x, next.y - here.y));
    const Point normal{side * -(next.y - here.y) / length, side * (next.x - here.x) / length};
    const double reach =
        std::abs(normal.x) * note_width / 2 + std::abs(normal.y) * note_height / 2 + 2;
    return {std::round(10 * (here.x + normal.x * reach)) / 10,
            std::round(10 * (here.y + normal.y * reach)) / 10};
  }

  double cost_of(const Box& note, const Route& own) {
    double cost = 0;
    for (const auto& node : layout_.nodes) cost += overlap(note, node) ? 1e6 : 0;
    for (const auto& other : notes_) cost += overlap(note, other) ? 100 : 0;
    const double left = note.center.x - note.width / 2;
    const double top = note.center.y - note.height / 2;
    const double right = left + note.width;
    const double bottom = top + note.height;
    if (left < 0 || top < 0 || right > layout_.width || bottom > layout_.height) cost += 1e4;
    const auto last_column = std::min(cell(right), columns_ - 1);
    const auto last_row = std::min(cell(bottom), cells_.size() / columns_ - 1);
    for (auto row = cell(top); row <= last_row; ++row)
      for (auto column = cell(left); column <= last_column; ++column)
        for (const auto& [point, route] : cells_[row * columns_ + column])
          if (point.x > left && point.x < right && point.y > top && point.y < bottom)
            cost += route == &own ? 5 : 2;
    return cost;
  }

  const Layout& layout_;
  std::size_t columns_ = 1;
  std::vector<std::vector<Sample>> cells_;
  std::vector<Box> notes_;
};

void place_notes(Picture& picture) {
  const auto is_cut = [](const EdgeMarks& marks) { return marks.cut; };
  const auto& [nodes, directed, bidirected] = picture.marks;
  if (std::none_of(directed.begin(), directed.end(), is_cut) &&
      std::none_of(bidirected.begin(), bidirected.end(), is_cut))
    return;
  NotePlacer placer(picture.layout);
  for (std::size_t i = 0; i < directed.size(); ++i)
    if (directed[i].cut) picture.directed_notes.push_back(placer.place(picture.layout.directed[i]));
  for (std::size_t i = 0; i < bidirected.size(); ++i)
    if (bidirected[i].cut)
      picture.bidirected_notes.push_back(placer.place(picture.layout.bidirected[i]));
}

}  // namespace

Status check_drawable(const Graph& graph) {
  CAUSAL_GYM_CHECKED(check_limit("nodes of a drawing", graph.node_count(), max_drawn_nodes));
  return check_limit("bends of a drawing's edges", bend_count(graph), max_drawn_bends);
}

Picture compose_picture(const Graph& graph, const DrawOptions& options) {
  Picture picture;
  std::vector<Box> sizes;
  for (std::size_t i = 0; i < graph.node_count(); ++i) {
    auto label = shortened(label_of(graph, options, i));
    sizes.push_back(size_of(graph, static_cast<NodeId>(i), label.columns));
    picture.labels.push_back(std::move(label.text));
  }
  picture.marks = marks_of(graph, options);
  picture.layout = lay_out(graph, sizes);
  place_notes(picture);
  return picture;
}

}  // namespace causal_gym

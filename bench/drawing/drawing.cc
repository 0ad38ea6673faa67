// Drawing against its floor, and its inner loop against the definition.
//
// The floor of a picture is the plain text of the same graph (write_dot): each has to write every
// node and edge once; what the SVG takes beyond it is layers, crossings, places and routes. The
// count of crossings, which the layout takes a few dozen times, is measured against the count by
// its definition: every pair of edges.
#include "bench/comparison.h"
#include "engine/base/check.h"
#include "engine/base/rng.h"
#include "engine/draw/layering.h"
#include "engine/draw/svg.h"
#include "engine/graph/random_graph.h"
#include "engine/graph/text.h"

namespace causal_gym {
namespace {

constexpr std::uint64_t seed = 1;

std::size_t occurrences(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

std::size_t crossings_by_definition(const Layering& layering) {
  std::vector<std::size_t> place(layering.items.size());
  for (const auto& column : layering.columns)
    for (std::size_t i = 0; i < column.size(); ++i) place[column[i]] = i;
  std::size_t crossings = 0;
  for (const auto& column : layering.columns)
    for (std::size_t i = 0; i < column.size(); ++i)
      for (std::size_t k = i + 1; k < column.size(); ++k)
        for (const auto a : layering.items[column[i]].right)
          for (const auto b : layering.items[column[k]].right)
            crossings += place[a] > place[b] ? 1 : 0;
  return crossings;
}

Graph random_sparse(std::size_t nodes, double degree) {
  Rng rng(seed, stream_of("bench/drawing"));
  const double edge_probability = degree / static_cast<double>(nodes - 1);
  return random_admg(nodes, edge_probability, edge_probability / 5, rng);
}

std::string described(std::size_t nodes, double degree) {
  return std::to_string(nodes) + " nodes of degree " + std::to_string(static_cast<int>(degree));
}

Comparison svg_against_text(std::size_t nodes, double degree, double most_ratio) {
  const auto graph = random_sparse(nodes, degree);
  const auto svg = draw_svg(graph);
  // Both say the same graph: as many nodes and edges, and every edge by its names.
  const auto edges = graph.directed_edges().size() + graph.bidirected_edges().size();
  CHECK(occurrences(svg, "<path class=\"edge") == edges);
  CHECK(occurrences(svg, "<rect class=\"node") == nodes);
  const auto read = parse_dot(write_dot(graph));
  CHECK(read.has_value());
  for (const auto& [from, to] : read->directed_edges())
    CHECK(svg.find(read->name(from) + " → " + read->name(to)) != std::string::npos);
  return {"SVG against DOT text, " + described(nodes, degree),
          [=] { return static_cast<double>(draw_svg(graph).size()); },
          [=] { return static_cast<double>(write_dot(graph).size()); }, most_ratio};
}

Comparison count_against_definition(std::size_t nodes, double degree, double most_ratio) {
  const auto layering = layer_graph(random_sparse(nodes, degree));
  CHECK(crossing_count(layering) == crossings_by_definition(layering));
  return {"crossings, " + described(nodes, degree),
          [=] { return static_cast<double>(crossing_count(layering)); },
          [=] { return static_cast<double>(crossings_by_definition(layering)); }, most_ratio};
}

}  // namespace
}  // namespace causal_gym

int main(int argc, char** argv) {
  using namespace causal_gym;
  return run_comparisons(
      argc, argv,
      {svg_against_text(10, 3, 30), svg_against_text(30, 3, 45), svg_against_text(100, 3, 100),
       count_against_definition(30, 3, 3), count_against_definition(200, 3, 0.5)});
}

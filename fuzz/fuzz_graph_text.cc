// Graph texts of every format: no input crashes, and what is read survives being written and read
// again, and can be drawn.
#include "engine/draw/draw.h"
#include "engine/graph/text.h"
#include "engine/graph/text_format.h"
#include "fuzz/fuzz_input.h"

namespace causal_gym {
namespace {

using Parse = Result<Graph> (*)(std::string_view, const Limits&);
using Write = std::string (*)(const Graph&);

void check_round_trip(const Graph& graph, Write write, Parse parse) {
  const auto again = parse(write(graph), Limits{});
  CHECK(again.has_value());
  CHECK(*again == graph);
}

// lavaan holds names, latents and edges.
void check_lavaan(const Graph& graph) {
  const auto text = write_lavaan(graph);
  if (!text) return check_error(text.error());
  const auto again = parse_lavaan(*text, Limits{});
  CHECK(again.has_value());
  CHECK(again->node_count() == graph.node_count());
  CHECK(again->latent_nodes() == graph.latent_nodes());
  CHECK(again->directed_edges().size() == graph.directed_edges().size());
  CHECK(again->bidirected_edges().size() == graph.bidirected_edges().size());
}

// Under do() of every second node, so that there are notes to place.
void check_pictures(const Graph& graph) {
  NodeSet set;
  for (NodeId v = 0; v < static_cast<NodeId>(graph.node_count()); v += 2) set.insert(v);
  const auto options = with_intervention(graph, set);
  for (const auto format : all_draw_formats) {
    const auto picture = draw_graph(graph, options, format);
    if (!picture) return check_error(picture.error());
    CHECK(!picture->empty());
  }
}

void check_text(std::string_view text, Parse parse) {
  const auto graph = parse(text, Limits{});
  if (!graph) return check_error(graph.error());
  check_round_trip(*graph, write_graph, parse_graph);
  check_round_trip(*graph, write_dagitty, parse_graph);
  check_round_trip(*graph, write_dot, parse_dot);
  check_round_trip(*graph, write_gml, parse_gml);
  check_round_trip(*graph, write_graphml, parse_graphml);
  check_lavaan(*graph);
  check_pictures(*graph);
}

}  // namespace
}  // namespace causal_gym

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = causal_gym::fuzz_text(data, size);
  using namespace causal_gym;
  for (const auto parse : {parse_graph, parse_dot, parse_lavaan, parse_gml, parse_graphml})
    check_text(text, parse);
  check_text(text, [](std::string_view any, const Limits& limits) {
    return read_graph_text(any, GraphFormat::any, limits);
  });
  return 0;
}

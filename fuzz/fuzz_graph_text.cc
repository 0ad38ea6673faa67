// Graph text, dagitty and DOT: no input crashes, and what is read survives being written and read
// again.
#include "engine/graph/text.h"
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

void check_text(std::string_view text, Parse parse) {
  const auto graph = parse(text, Limits{});
  if (!graph) return check_error(graph.error());
  check_round_trip(*graph, write_graph, parse_graph);
  check_round_trip(*graph, write_dagitty, parse_graph);
  check_round_trip(*graph, write_dot, parse_dot);
  CHECK(!write_mermaid(*graph).empty());
  CHECK(!write_tikz(*graph).empty());
}

}  // namespace
}  // namespace causal_gym

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = causal_gym::fuzz_text(data, size);
  causal_gym::check_text(text, causal_gym::parse_graph);
  causal_gym::check_text(text, causal_gym::parse_dot);
  return 0;
}

// The one entry for every graph text: its format is given, or told by its look.
#pragma once

#include <optional>
#include <string_view>

#include "engine/graph/graph.h"

namespace causal_gym {

enum class GraphFormat { any, own, dagitty, dot, lavaan, gml, graphml };

// "any", "own", "dagitty", "dot", ...: the word for it in commands and requests.
[[nodiscard]] std::string_view graph_format_name(GraphFormat format);
// The format of this word. Errors: unknown_name, with the nearest spelling.
[[nodiscard]] Result<GraphFormat> find_graph_format(std::string_view word);

// What the text looks like; never `any`, and `own` where nothing else is told by its first words:
// '<' begins GraphML, `dag {` and its kin dagitty, `digraph {` or `strict` DOT, a key with a
// number, a string or a list GML, and a '~' before the first arrow lavaan. O(length).
[[nodiscard]] GraphFormat detect_graph_format(std::string_view text);

// Reads the text with the reader of its format (text.h). With `any`, a `digraph` block that is no
// DOT but a dagitty block (attributes without values) is read as one.
// Errors: those of the reader.
[[nodiscard]] Result<Graph> read_graph_text(std::string_view text,
                                            GraphFormat format = GraphFormat::any,
                                            const Limits& limits = {});

}  // namespace causal_gym

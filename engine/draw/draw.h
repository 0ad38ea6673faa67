// The one entry to pictures: a graph, what to show beside it, and a format.
#pragma once

#include <string>
#include <string_view>

#include "engine/draw/options.h"

namespace causal_gym {

enum class DrawFormat { svg, dot, tikz, mermaid };

// All formats, in the order of the enumeration.
inline constexpr DrawFormat all_draw_formats[] = {DrawFormat::svg, DrawFormat::dot,
                                                  DrawFormat::tikz, DrawFormat::mermaid};

// "svg", "dot", "tikz" or "mermaid": the word for it in commands and requests.
[[nodiscard]] std::string_view draw_format_name(DrawFormat format);
// The format of this word. Errors: unknown_name, with the nearest spelling.
[[nodiscard]] Result<DrawFormat> find_draw_format(std::string_view word);

// The picture as text; the same arguments give the same bytes. Surgery, highlights, conditioned,
// latent and selection nodes are shown in every format.
// Errors: invalid_argument (check_draw_options); limit_exceeded (SVG and TikZ: more nodes or edges
// than are laid out). Cost: that of compose_picture, or O(n + m log m) for DOT and Mermaid.
[[nodiscard]] Result<std::string> draw_graph(const Graph& graph, const DrawOptions& options,
                                             DrawFormat format);

}  // namespace causal_gym

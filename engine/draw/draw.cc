#include "engine/draw/draw.h"

#include "engine/base/spelling.h"
#include "engine/draw/dot.h"
#include "engine/draw/mermaid.h"
#include "engine/draw/picture.h"
#include "engine/draw/svg.h"
#include "engine/draw/tikz.h"

namespace causal_gym {

std::string_view draw_format_name(DrawFormat format) {
  switch (format) {
    case DrawFormat::svg: return "svg";
    case DrawFormat::dot: return "dot";
    case DrawFormat::tikz: return "tikz";
    case DrawFormat::mermaid: return "mermaid";
  }
  return "";
}

Result<DrawFormat> find_draw_format(std::string_view word) {
  std::vector<std::string> names;
  for (const auto format : all_draw_formats) {
    if (word == draw_format_name(format)) return format;
    names.emplace_back(draw_format_name(format));
  }
  return fail(ErrorCode::unknown_name, "no picture format '" + std::string(word) + "'", "",
              spelling_suggestion(word, names));
}

Result<std::string> draw_graph(const Graph& graph, const DrawOptions& options, DrawFormat format) {
  CAUSAL_GYM_CHECKED(check_draw_options(graph, options));
  switch (format) {
    case DrawFormat::dot: return draw_dot(graph, options);
    case DrawFormat::mermaid: return draw_mermaid(graph, options);
    case DrawFormat::tikz: return draw_tikz(graph, options);
    case DrawFormat::svg: break;
  }
  CAUSAL_GYM_CHECKED(check_drawable(graph));
  return draw_svg(graph, options);
}

}  // namespace causal_gym

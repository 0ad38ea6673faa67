#include "api/draw_operations.h"

#include <algorithm>

#include "api/answer_json.h"
#include "api/effect_request.h"
#include "api/json_fields.h"
#include "engine/draw/draw.h"
#include "engine/identify/effect_explanation.h"

namespace causal_gym {

namespace {

using nlohmann::json;

// The first open path between the treatment and the outcome given the conditions, highlighted.
Result<DrawOptions> with_open_path(const Graph& graph, const OperationRequest& request,
                                   DrawOptions options) {
  CAUSAL_GYM_TRY(ends, request.texts("open_path"));
  if (ends.empty()) return options;
  if (ends.size() != 2)
    return fail(ErrorCode::invalid_argument,
                "'open_path' names two variables, not " + std::to_string(ends.size()), "open_path");
  NodeId pair[2] = {};
  for (std::size_t i = 0; i < 2; ++i) {
    const auto node = graph.require(ends[i]);
    if (!node) return fail(error_at(node.error(), "open_path"));
    pair[i] = *node;
  }
  const auto found = separation(graph, {pair[0]}, {pair[1]}, options.conditioned);
  if (!found) return fail(error_at(found.error(), "open_path"));
  return found->open_path ? with_path(*found->open_path, std::move(options)) : options;
}

Result<std::optional<bool>> read_ink(const OperationRequest& request) {
  constexpr std::string_view inks[] = {"page", "light", "dark"};
  CAUSAL_GYM_TRY(ink, read_word(request, "theme", inks));
  return ink == 0 ? std::nullopt : std::optional(inks[ink] == "dark");
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

Result<DrawOptions> read_draw_options(const OperationRequest& request, const Graph& graph) {
  DrawOptions options;
  CAUSAL_GYM_TRY(intervened, request.nodes("do", graph));
  CAUSAL_GYM_TRY(given, request.nodes("given", graph));
  CAUSAL_GYM_TRY(highlighted, request.nodes("highlight", graph));
  CAUSAL_GYM_TRY(ink, read_ink(request));
  options.conditioned = std::move(given);
  options.highlighted = std::move(highlighted);
  options.dark = ink;
  if (request.has("title")) {
    CAUSAL_GYM_TRY(title, request.text("title"));
    CAUSAL_GYM_CHECKED(
        check_limit("bytes of 'title'", title.size(), request.context().limits.name_length));
    if (std::any_of(title.begin(), title.end(), is_control))
      return fail(ErrorCode::invalid_argument, "the title holds a control character", "title");
    options.title = std::move(title);
  }
  return with_open_path(graph, request, with_intervention(graph, intervened, std::move(options)));
}

json sections_json(const std::vector<ExplanationSection>& page) {
  json sections = json::array();
  for (const auto& section : page)
    sections.push_back({{"title", section.title}, {"lines", section.lines}});
  return sections;
}

json optional_set_json(const Graph& graph, const std::optional<NodeSet>& set) {
  return set ? node_names_json(graph, *set) : json(nullptr);
}

json repairs_json(const Graph& graph, const RepairListing& listing) {
  json repairs = json::array();
  for (const auto& repair : listing.repairs) {
    json causes = json::array();
    for (const auto& [a, b] : repair.measured_causes)
      causes.push_back({graph.name(a), graph.name(b)});
    repairs.push_back({{"measured", node_names_json(graph, repair.measured)},
                       {"measured_causes", std::move(causes)},
                       {"randomised", node_names_json(graph, repair.randomised)},
                       {"text", repair_text(graph, repair)}});
  }
  return {{"repairs", std::move(repairs)}, {"complete", listing.complete}};
}

}  // namespace

Result<json> run_draw(const OperationRequest& request) {
  CAUSAL_GYM_TRY(graph, request.graph());
  constexpr std::string_view formats[] = {"svg", "dot", "tikz", "mermaid"};
  CAUSAL_GYM_TRY(word, read_word(request, "format", formats));
  CAUSAL_GYM_TRY(format, find_draw_format(std::string(formats[word])));
  CAUSAL_GYM_TRY(options, read_draw_options(request, graph));
  auto text = draw_graph(graph, options, format);
  if (!text) return fail(error_at(text.error(), graph_field_name(request)));
  return json{{"format", draw_format_name(format)}, {"text", *std::move(text)}};
}

Result<json> run_explain(const OperationRequest& request) {
  CAUSAL_GYM_TRY(graph, request.graph());
  CAUSAL_GYM_TRY(effect, read_effect(request, graph));
  CAUSAL_GYM_TRY(explanation, explain_effect(graph, effect.treatment, effect.outcome, {},
                                             request.context().cancellation));
  json instruments = json::array();
  for (const auto& [instrument, given] : explanation.instruments)
    instruments.push_back(
        {{"instrument", graph.name(instrument)}, {"given", node_names_json(graph, given)}});
  json paths = json::array();
  for (const auto& path : explanation.biasing_paths.paths)
    paths.push_back(path_json(graph, path.path));
  return json{{"effect", explanation.effect_text},
              {"identification", identification_json(graph, explanation.identification)},
              {"adjustment_sets", set_listing_json(graph, explanation.adjustment_sets)},
              {"canonical_set", optional_set_json(graph, explanation.canonical_set)},
              {"optimal_set", optional_set_json(graph, explanation.optimal.set)},
              {"front_door_set", optional_set_json(graph, explanation.front_door_set)},
              {"instruments", std::move(instruments)},
              {"instruments_left_off", explanation.instruments_left_off},
              {"biasing_paths",
               {{"paths", std::move(paths)}, {"complete", explanation.biasing_paths.complete}}},
              {"repairs", repairs_json(graph, explanation.repairs)},
              {"page", sections_json(explanation_page(graph, explanation))}};
}

}  // namespace causal_gym

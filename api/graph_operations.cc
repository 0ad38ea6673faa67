#include "api/graph_operations.h"

#include "api/answer_json.h"
#include "engine/graph/paths.h"
#include "engine/identify/adjustment.h"
#include "engine/identify/front_door.h"

namespace causal_gym {

namespace {

using nlohmann::json;

// Treatment and outcome: named by the request, or else marked in the graph.
struct Effect {
  NodeSet treatment;
  NodeSet outcome;
};

NodeSet marked(const Graph& graph, bool Node::*mark) {
  NodeSet set;
  for (std::size_t v = 0; v < graph.node_count(); ++v)
    if (graph.nodes()[v].*mark) set.insert(static_cast<NodeId>(v));
  return set;
}

Result<Effect> read_effect(const OperationRequest& request, const Graph& graph) {
  CAUSAL_GYM_TRY(treatment, request.nodes("treatment", graph));
  CAUSAL_GYM_TRY(outcome, request.nodes("outcome", graph));
  if (!request.has("treatment")) treatment = marked(graph, &Node::exposure);
  if (!request.has("outcome")) outcome = marked(graph, &Node::outcome);
  return Effect{std::move(treatment), std::move(outcome)};
}

json optional_path_json(const Graph& graph, const std::optional<Path>& path) {
  return path ? path_json(graph, *path) : json(nullptr);
}

}  // namespace

Result<json> run_separated(const OperationRequest& request) {
  CAUSAL_GYM_TRY(graph, request.graph());
  CAUSAL_GYM_TRY(x, request.nodes("x", graph));
  CAUSAL_GYM_TRY(y, request.nodes("y", graph));
  CAUSAL_GYM_TRY(given, request.nodes("given", graph));
  CAUSAL_GYM_TRY(found, separation(graph, x, y, given));
  return json{{"separated", found.separated},
              {"open_path", optional_path_json(graph, found.open_path)}};
}

Result<json> run_paths(const OperationRequest& request) {
  CAUSAL_GYM_TRY(graph, request.graph());
  CAUSAL_GYM_TRY(x, request.node("x", graph));
  CAUSAL_GYM_TRY(y, request.node("y", graph));
  CAUSAL_GYM_TRY(given, request.nodes("given", graph));
  CAUSAL_GYM_TRY(listing, list_paths(graph, x, y, given, request.context().limits,
                                     request.context().cancellation));
  json paths = json::array();
  for (const auto& listed : listing.paths) {
    auto path = path_json(graph, listed.path);
    path["kind"] = path_kind_name(listed.kind);
    path["open"] = listed.open;
    path["blocked_by"] = json::array();
    for (const auto v : listed.blocked_by) path["blocked_by"].push_back(graph.name(v));
    paths.push_back(std::move(path));
  }
  return json{{"paths", std::move(paths)}, {"complete", listing.complete}};
}

Result<json> run_adjustment_sets(const OperationRequest& request) {
  CAUSAL_GYM_TRY(graph, request.graph());
  CAUSAL_GYM_TRY(effect, read_effect(request, graph));
  AdjustmentLimits options;
  CAUSAL_GYM_TRY(must, request.nodes("must", graph));
  CAUSAL_GYM_TRY(must_not, request.nodes("must_not", graph));
  CAUSAL_GYM_TRY(limit, request.whole_number("limit"));
  options.must = std::move(must);
  options.must_not = std::move(must_not);
  constexpr std::int64_t most = 10'000;
  if (limit && (*limit < 1 || *limit > most))
    return fail(ErrorCode::invalid_argument, "'limit' is from 1 to " + std::to_string(most),
                "limit");
  if (limit) options.sets = static_cast<std::size_t>(*limit);
  CAUSAL_GYM_TRY(listing, minimal_adjustment_sets(graph, effect.treatment, effect.outcome, options,
                                                  request.context().cancellation));
  json sets = json::array();
  for (const auto& set : listing.sets) sets.push_back(node_names_json(graph, set));
  const bool exists = !listing.sets.empty();
  return json{{"exists", exists}, {"sets", std::move(sets)}, {"complete", listing.complete}};
}

Result<json> run_check_adjustment(const OperationRequest& request) {
  CAUSAL_GYM_TRY(graph, request.graph());
  CAUSAL_GYM_TRY(effect, read_effect(request, graph));
  CAUSAL_GYM_TRY(set, request.nodes("set", graph));
  CAUSAL_GYM_TRY(check, check_adjustment(graph, effect.treatment, effect.outcome, set));
  json forbidden = json::array();
  for (const auto v : check.forbidden) forbidden.push_back(graph.name(v));
  return json{{"valid", check.valid},
              {"back_door", check.back_door},
              {"reason", check.reason},
              {"forbidden", std::move(forbidden)},
              {"open_path", optional_path_json(graph, check.open_path)}};
}

Result<json> run_front_door_sets(const OperationRequest& request) {
  CAUSAL_GYM_TRY(graph, request.graph());
  CAUSAL_GYM_TRY(effect, read_effect(request, graph));
  CAUSAL_GYM_TRY(set, find_front_door_set(graph, effect.treatment, effect.outcome));
  json sets = json::array();
  if (set) sets.push_back(node_names_json(graph, *set));
  // One minimal set is found; that it is the only one is known when it is empty.
  const bool complete = !set || set->empty();
  return json{{"exists", set.has_value()}, {"sets", std::move(sets)}, {"complete", complete}};
}

}  // namespace causal_gym

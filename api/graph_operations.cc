#include "api/graph_operations.h"

#include "api/answer_json.h"
#include "api/effect_request.h"
#include "api/expression_json.h"
#include "api/graph_json.h"
#include "api/json_fields.h"
#include "engine/graph/cpdag.h"
#include "engine/graph/equivalence_class_size.h"
#include "engine/graph/graph_distance.h"
#include "engine/graph/paths.h"
#include "engine/graph/separators.h"
#include "engine/graph/surgery.h"
#include "engine/graph/text.h"
#include "engine/identify/adjustment_identification_distance.h"
#include "engine/identify/effect_sets.h"
#include "engine/identify/implied_independencies.h"
#include "engine/identify/set_enumeration.h"
#include "engine/identify/verma_constraints.h"

namespace causal_gym {

namespace {

using nlohmann::json;

json edges_json(const Graph& graph, std::span<const Edge> edges) {
  json list = json::array();
  for (const auto& [from, to] : edges) list.push_back({graph.name(from), graph.name(to)});
  return list;
}

std::string listed(const Graph& graph, const NodeSet& set) {
  std::string names;
  for (const NodeId v : set) names += (names.empty() ? "" : ", ") + quoted_name(graph.name(v));
  return names;
}

std::string independence_text(const Graph& graph, const NodeSet& x, const NodeSet& y,
                              const NodeSet& given) {
  return listed(graph, x) + " _||_ " + listed(graph, y) +
         (given.empty() ? "" : " | " + listed(graph, given));
}

json independence_json(const Graph& graph, NodeId x, const NodeSet& others, const NodeSet& given) {
  return {{"x", graph.name(x)},
          {"y", node_names_json(graph, others)},
          {"given", node_names_json(graph, given)},
          {"text", independence_text(graph, {x}, others, given)}};
}

// Verma constraints of the graph, with whether these are all.
Result<std::pair<json, bool>> verma_json(const OperationRequest& request, const Graph& graph,
                                         std::size_t limit) {
  CAUSAL_GYM_TRY(rows, admg_rows(graph, request.context().limits));
  const auto listing = verma_constraints(rows, limit, request.context().cancellation);
  const auto names = graph.names();
  json list = json::array();
  for (const auto& constraint : listing.constraints) {
    auto expression = expression_json(constraint.expression, names);
    const auto text = expression["text"].get<std::string>() + " does not depend on " +
                      listed(graph, constraint.independent_of);
    list.push_back({{"variable", graph.name(constraint.variable)},
                    {"district", node_names_json(graph, constraint.of)},
                    {"expression", std::move(expression)},
                    {"independent_of", node_names_json(graph, constraint.independent_of)},
                    {"text", text}});
  }
  return std::pair(std::move(list), listing.complete);
}

// Are these two sets that separators may come between, and may those hold and leave out what they
// must?
Status check_separated_sets(const Graph& graph, const NodeSet& x, const NodeSet& y,
                            const NodeSet& must, const NodeSet& must_not) {
  for (const auto& [side, name] : {std::pair(&x, "x"), std::pair(&y, "y")})
    if (side->empty())
      return fail(ErrorCode::invalid_argument, std::string("the side ") + name + " is empty", name);
  CAUSAL_GYM_CHECKED(check_field_sets(
      graph,
      {{"x", "side x", &x}, {"y", "side y", &y}, {"must", "set of required members", &must}}));
  const auto excluded = must_not - graph.latent_nodes();
  return check_field_sets(graph, {{"must", "set of required members", &must},
                                  {"must_not", "set of excluded members", &excluded}});
}

// The distance of one strategy, or why there is none.
Result<json> distance_json(const Graph& truth, const Graph& guess, AdjustmentStrategy strategy,
                           const OperationContext& context) {
  auto distance = adjustment_identification_distance(truth, guess, strategy, context.limits,
                                                     context.cancellation);
  if (!distance && distance.error().code == ErrorCode::invalid_argument)
    return json{{"wrong", nullptr}, {"reason", distance.error().message}};
  if (!distance) return fail(distance.error());
  return json{{"wrong", distance->wrong},
              {"pairs", distance->pairs},
              {"normalised", distance->normalised},
              {"wrong_pairs", edges_json(truth, distance->wrong_pairs)}};
}

}  // namespace

Result<json> run_separated(const OperationRequest& request) {
  CAUSAL_GYM_TRY(graph, request.graph());
  CAUSAL_GYM_TRY(x, request.nodes("x", graph));
  CAUSAL_GYM_TRY(y, request.nodes("y", graph));
  CAUSAL_GYM_TRY(given, request.nodes("given", graph));
  if (auto status = check_disjoint(graph, given, "condition", x | y, "two sides"); !status)
    return fail(error_at(status.error(), "given"));
  const auto found = separation(graph, x, y, given);
  if (!found) return fail(error_at(found.error(), "y"));
  return json{{"separated", found->separated},
              {"open_path", optional_path_json(graph, found->open_path)}};
}

Result<json> run_paths(const OperationRequest& request) {
  CAUSAL_GYM_TRY(graph, request.graph());
  CAUSAL_GYM_TRY(x, request.node("x", graph));
  CAUSAL_GYM_TRY(y, request.node("y", graph));
  CAUSAL_GYM_TRY(given, request.nodes("given", graph));
  if (auto status = check_disjoint(graph, given, "condition", {x, y}, "two ends"); !status)
    return fail(error_at(status.error(), "given"));
  if (x == y)
    return fail(ErrorCode::invalid_argument,
                "a path joins two different nodes, but both ends are '" + graph.name(x) + "'", "y");
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

Result<json> run_separators(const OperationRequest& request) {
  CAUSAL_GYM_TRY(graph, request.graph());
  CAUSAL_GYM_TRY(x, request.nodes("x", graph));
  CAUSAL_GYM_TRY(y, request.nodes("y", graph));
  CAUSAL_GYM_TRY(must, request.nodes("must", graph));
  CAUSAL_GYM_TRY(must_not, request.nodes("must_not", graph));
  CAUSAL_GYM_TRY(limit, read_limit(request, 100));
  constexpr std::string_view modes[] = {"minimal", "all", "nearest"};
  CAUSAL_GYM_TRY(mode, read_word(request, "mode", modes));
  CAUSAL_GYM_CHECKED(check_separated_sets(graph, x, y, must, must_not));
  const auto may = graph.observed_nodes() - x - y - must_not;
  const auto& cancellation = request.context().cancellation;
  if (modes[mode] == "nearest") {
    CAUSAL_GYM_TRY(set, nearest_separator(graph, x, y, must, may));
    return set_listing_json(graph, set);
  }
  if (modes[mode] == "minimal")
    return set_listing_json(graph,
                            list_minimal_separators(graph, x, y, {must, may}, limit, cancellation));
  const auto exists = [&](const NodeSet& in, const NodeSet& out) -> Result<bool> {
    CAUSAL_GYM_TRY(set, nearest_separator(graph, x, y, in, may - out));
    return set.has_value();
  };
  CAUSAL_GYM_TRY(listing, enumerate_sets(must, may, exists, limit, cancellation));
  return set_listing_json(graph, listing);
}

Result<json> run_implied_independencies(const OperationRequest& request) {
  CAUSAL_GYM_TRY(graph, request.graph());
  CAUSAL_GYM_TRY(limit, read_limit(request, 1'000));
  constexpr std::string_view modes[] = {"minimal", "basis"};
  CAUSAL_GYM_TRY(mode, read_word(request, "mode", modes));
  json list = json::array();
  bool complete = true;
  if (modes[mode] == "basis") {
    CAUSAL_GYM_TRY(basis, basis_independencies(graph, limit, request.context().limits,
                                               request.context().cancellation));
    for (const auto& statement : basis.statements)
      list.push_back(independence_json(graph, statement.x, statement.others, statement.given));
    complete = basis.complete;
  } else {
    ImplicationLimits limits;
    limits.sets = limit;
    const auto implied = minimal_independencies(graph, limits, request.context().cancellation);
    for (const auto& pair : implied.pairs)
      for (const auto& given : pair.given)
        list.push_back(independence_json(graph, pair.x, {pair.y}, given));
    complete = implied.complete;
  }
  CAUSAL_GYM_CHECKED(request.context().cancellation.check());
  CAUSAL_GYM_TRY(verma, verma_json(request, graph, limit));
  return json{{"independencies", std::move(list)},
              {"verma", std::move(verma.first)},
              {"complete", complete && verma.second}};
}

Result<json> run_project(const OperationRequest& request) {
  CAUSAL_GYM_TRY(graph, request.graph());
  CAUSAL_GYM_TRY(away, request.nodes("latent", graph));
  std::vector<Node> nodes(graph.nodes().begin(), graph.nodes().end());
  for (const NodeId v : away) nodes[static_cast<std::size_t>(v)].latent = true;
  CAUSAL_GYM_TRY(hidden,
                 Graph::create(std::move(nodes),
                               {graph.directed_edges().begin(), graph.directed_edges().end()},
                               {graph.bidirected_edges().begin(), graph.bidirected_edges().end()},
                               request.context().limits));
  const auto projection = latent_projection(hidden, request.context().limits);
  if (!projection) return fail(error_at(projection.error(), graph_field_name(request)));
  return json{{"graph", graph_json(*projection)}, {"text", write_graph(*projection)}};
}

// The graph of a field over its observed variables.
Result<Graph> observed_graph_in(const OperationRequest& request, const char* field) {
  CAUSAL_GYM_TRY(graph, request.graph_in(field));
  if (graph.latent_nodes().empty()) return graph;
  auto projection = latent_projection(graph, request.context().limits);
  if (!projection) return fail(error_at(projection.error(), field));
  return projection;
}

Result<json> run_compare_graphs(const OperationRequest& request) {
  CAUSAL_GYM_TRY(truth, observed_graph_in(request, "truth"));
  CAUSAL_GYM_TRY(guess, observed_graph_in(request, "guess"));
  const auto found = graph_distance(truth, guess);
  if (!found) return fail(error_at(found.error(), "guess"));
  const auto& distance = *found;
  json differences = json::array();
  for (const auto& [a, b, kind] : distance.differences)
    differences.push_back(
        {{"kind", edge_difference_name(kind)}, {"from", truth.name(a)}, {"to", truth.name(b)}});
  json identification = json::object();
  for (const auto strategy :
       {AdjustmentStrategy::parents, AdjustmentStrategy::ancestors, AdjustmentStrategy::optimal}) {
    CAUSAL_GYM_TRY(one, distance_json(truth, guess, strategy, request.context()));
    identification[std::string(adjustment_strategy_name(strategy))] = std::move(one);
  }
  return json{{"structural_hamming", distance.structural_hamming},
              {"normalised", distance.normalised},
              {"precision", distance.precision},
              {"recall", distance.recall},
              {"f1", distance.f1},
              {"differences", std::move(differences)},
              {"adjustment_identification", std::move(identification)}};
}

Result<json> run_equivalence_class(const OperationRequest& request) {
  CAUSAL_GYM_TRY(graph, request.graph());
  const auto pattern = cpdag(graph);
  if (!pattern) return fail(error_at(pattern.error(), graph_field_name(request)));
  CAUSAL_GYM_TRY(size, equivalence_class_size(graph, request.context().cancellation));
  json result = {{"directed", edges_json(graph, pattern->directed)},
                 {"undirected", edges_json(graph, pattern->undirected.edges())},
                 {"size", size.digits},
                 {"equivalent", nullptr},
                 {"reason", ""}};
  if (!request.has("other")) return result;
  CAUSAL_GYM_TRY(other, request.graph_in("other"));
  const auto check = check_equivalence(graph, other);
  if (!check) return fail(error_at(check.error(), "other"));
  result["equivalent"] = check->equivalent;
  result["reason"] = check->reason;
  return result;
}

}  // namespace causal_gym

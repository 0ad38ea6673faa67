#include "api/effect_request.h"

#include "api/answer_json.h"
#include "api/json_fields.h"
#include "engine/base/spelling.h"
#include "engine/identify/effect_sets.h"

namespace causal_gym {

namespace {

using nlohmann::json;

NodeSet marked(const Graph& graph, bool Node::*mark) {
  NodeSet set;
  for (std::size_t v = 0; v < graph.node_count(); ++v)
    if (graph.nodes()[v].*mark) set.insert(static_cast<NodeId>(v));
  return set;
}

Status at_field(const Status& status, std::string_view field) {
  return status ? Status() : fail(error_at(status.error(), field));
}

}  // namespace

std::string_view graph_field_name(const OperationRequest& request) {
  return request.has("graph") ? "graph" : "model";
}

Status check_field_sets(const Graph& graph, std::initializer_list<FieldSet> sets) {
  for (const auto* later = sets.begin(); later != sets.end(); ++later) {
    CAUSAL_GYM_CHECKED(at_field(check_observed(graph, *later->nodes, later->role), later->field));
    for (const auto* earlier = sets.begin(); earlier != later; ++earlier)
      CAUSAL_GYM_CHECKED(at_field(
          check_disjoint(graph, *earlier->nodes, earlier->role, *later->nodes, later->role),
          later->field));
  }
  return {};
}

Result<EffectRequest> read_effect(const OperationRequest& request, const Graph& graph) {
  CAUSAL_GYM_TRY(treatment, request.nodes("treatment", graph));
  CAUSAL_GYM_TRY(outcome, request.nodes("outcome", graph));
  if (!request.has("treatment")) treatment = marked(graph, &Node::exposure);
  if (!request.has("outcome")) outcome = marked(graph, &Node::outcome);
  for (const auto& [set, field] :
       {std::pair(&treatment, "treatment"), std::pair(&outcome, "outcome")})
    if (set->empty())
      return fail(ErrorCode::invalid_argument, std::string("the ") + field + " is empty", field,
                  std::string("name it, or mark a node of the graph [") +
                      (set == &treatment ? "exposure" : "outcome") + "]");
  CAUSAL_GYM_CHECKED(check_field_sets(
      graph, {{"treatment", "treatment", &treatment}, {"outcome", "outcome", &outcome}}));
  return EffectRequest{std::move(treatment), std::move(outcome)};
}

Result<std::size_t> read_limit(const OperationRequest& request, std::size_t otherwise) {
  constexpr std::int64_t most = 10'000;
  CAUSAL_GYM_TRY(limit, request.whole_number("limit"));
  if (!limit) return otherwise;
  if (*limit < 1 || *limit > most)
    return fail(ErrorCode::invalid_argument, "'limit' is from 1 to " + std::to_string(most),
                "limit");
  return static_cast<std::size_t>(*limit);
}

Result<std::size_t> read_word(const OperationRequest& request, std::string_view field,
                              std::span<const std::string_view> words) {
  if (!request.has(field)) return std::size_t{0};
  CAUSAL_GYM_TRY(word, request.text(field));
  std::vector<std::string> known;
  std::string list;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == word) return i;
    known.emplace_back(words[i]);
    list += (list.empty() ? "" : ", ") + known.back();
  }
  auto suggestion = spelling_suggestion(word, known);
  return fail(ErrorCode::unknown_name, "no " + std::string(field) + " '" + word + "'",
              std::string(field),
              suggestion.empty() ? "known here: " + list : std::move(suggestion));
}

json set_listing_json(const Graph& graph, const SetListing& listing) {
  json sets = json::array();
  for (const auto& set : listing.sets) sets.push_back(node_names_json(graph, set));
  const bool exists = !listing.sets.empty();
  return {{"exists", exists}, {"sets", std::move(sets)}, {"complete", listing.complete}};
}

json set_listing_json(const Graph& graph, const std::optional<NodeSet>& only) {
  SetListing listing;
  if (only) listing.sets.push_back(*only);
  return set_listing_json(graph, listing);
}

}  // namespace causal_gym

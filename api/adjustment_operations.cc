#include "api/adjustment_operations.h"

#include "api/answer_json.h"
#include "api/effect_request.h"
#include "api/json_fields.h"
#include "engine/identify/adjustment.h"
#include "engine/identify/adjustment_explanation.h"
#include "engine/identify/front_door.h"
#include "engine/identify/instruments.h"
#include "engine/identify/optimal_adjustment.h"
#include "engine/identify/set_enumeration.h"

namespace causal_gym {

namespace {

using nlohmann::json;

constexpr std::string_view effect_words[] = {"total", "direct"};
constexpr std::size_t usual_sets = 100;

// What a set must hold it may not have to leave out.
Status check_must_not(const Graph& graph, const NodeSet& must, const NodeSet& must_not) {
  const auto observed = must_not - graph.latent_nodes();
  return check_field_sets(graph, {{"must", "set of required members", &must},
                                  {"must_not", "set of excluded members", &observed}});
}

Result<AdjustmentScope> read_scope(const OperationRequest& request, const Graph& graph) {
  CAUSAL_GYM_TRY(effect, read_word(request, "effect", effect_words));
  CAUSAL_GYM_TRY(selected, request.nodes("selected", graph));
  return AdjustmentScope{effect == 0 ? EffectReach::total : EffectReach::direct,
                         std::move(selected)};
}

Result<AdjustmentLimits> read_adjustment_limits(const OperationRequest& request, const Graph& graph,
                                                const EffectRequest& effect) {
  AdjustmentLimits limits;
  CAUSAL_GYM_TRY(must, request.nodes("must", graph));
  CAUSAL_GYM_TRY(must_not, request.nodes("must_not", graph));
  CAUSAL_GYM_TRY(sets, read_limit(request, usual_sets));
  CAUSAL_GYM_TRY(scope, read_scope(request, graph));
  CAUSAL_GYM_CHECKED(check_field_sets(graph, {{"treatment", "treatment", &effect.treatment},
                                              {"outcome", "outcome", &effect.outcome},
                                              {"must", "set of required members", &must},
                                              {"selected", "selection", &scope.selected}}));
  CAUSAL_GYM_CHECKED(check_must_not(graph, must, must_not));
  limits.must = std::move(must);
  limits.must_not = std::move(must_not);
  limits.sets = sets;
  limits.scope = std::move(scope);
  return limits;
}

Result<SetListing> all_adjustment_sets(const OperationRequest& request, const Graph& graph,
                                       const EffectRequest& effect,
                                       const AdjustmentLimits& limits) {
  const auto exists = [&](const NodeSet& must, const NodeSet& must_not) -> Result<bool> {
    CAUSAL_GYM_TRY(set, find_adjustment_set(graph, effect.treatment, effect.outcome, must,
                                            must_not | limits.must_not, limits.scope));
    return set.has_value();
  };
  const auto candidates = graph.observed_nodes() - effect.treatment - effect.outcome -
                          limits.must_not - limits.scope.selected;
  return enumerate_sets(limits.must, candidates, exists, limits.sets,
                        request.context().cancellation);
}

// One number for each node, from {"name": weight}; empty when the field is missing.
Result<std::vector<double>> read_weights(const OperationRequest& request, const Graph& graph) {
  std::vector<double> weights;
  const auto* value = request.find("weights");
  if (value == nullptr) return weights;
  if (!value->is_object())
    return fail(ErrorCode::invalid_argument, "expected an object of numbers by variable",
                "weights");
  weights.assign(graph.node_count(), 1);
  for (const auto& [name, number] : value->items()) {
    const auto node = graph.require(name);
    if (!node) return fail(error_at(node.error(), "weights"));
    const auto path = joined_path("weights", name);
    CAUSAL_GYM_TRY(weight, read_number(number, path));
    if (weight < 0) return fail(ErrorCode::invalid_argument, "a weight is not below 0", path);
    weights[static_cast<std::size_t>(*node)] = weight;
  }
  return weights;
}

Result<json> optimal_set_json(const Graph& graph, const EffectRequest& effect,
                              const AdjustmentLimits& limits) {
  if (limits.scope.effect != EffectReach::total || !limits.scope.selected.empty())
    return fail(ErrorCode::invalid_argument,
                "the optimal set is defined for total effects in a whole population", "mode");
  CAUSAL_GYM_TRY(optimal, optimal_adjustment_set(graph, effect.treatment, effect.outcome,
                                                 limits.must, limits.must_not));
  const auto& set = optimal.set ? optimal.set : optimal.minimal;
  auto result = set_listing_json(graph, set);
  result["optimality"] = optimality_name(optimal.status);
  result["optimal_among_minimal"] = optimal.minimal_is_optimal;
  result["reason"] = optimal.reason;
  return result;
}

json objection_json(const Graph& graph, const AdjustmentObjection& objection) {
  struct Writer {
    const Graph& graph;
    json operator()(const ForbiddenMember& member) const {
      return {{"kind", "forbidden"},
              {"member", graph.name(member.member)},
              {"path", path_json(graph, member.causal_path)},
              {"descent", path_json(graph, member.descent)}};
    }
    json operator()(const UnblockedPath& path) const {
      json opened = json::array();
      for (const auto& [collider, member] : path.opened_by)
        opened.push_back({{"collider", graph.name(collider)}, {"member", graph.name(member)}});
      return {{"kind", "open_path"},
              {"path", path_json(graph, path.path)},
              {"opened_by", std::move(opened)}};
    }
    json operator()(const SelectedOutcome& outcome) const {
      return {{"kind", "selection"}, {"path", path_json(graph, outcome.path)}};
    }
  };
  return std::visit(Writer{graph}, objection);
}

json explanation_json(const Graph& graph, const AdjustmentExplanation& explanation) {
  json objections = json::array();
  for (const auto& objection : explanation.objections)
    objections.push_back(objection_json(graph, objection));
  json members = json::array();
  for (const auto& role : explanation.roles)
    members.push_back(
        {{"member", graph.name(role.member)},
         {"open_without",
          role.open_without ? path_json(graph, role.open_without->path) : json(nullptr)}});
  return {{"objections", std::move(objections)},
          {"members", std::move(members)},
          {"smaller",
           explanation.smaller ? node_names_json(graph, *explanation.smaller) : json(nullptr)},
          {"sentences", explanation_text(graph, explanation)}};
}

json instrument_json(const Graph& graph, NodeId x, NodeId y, const Instrument& instrument) {
  json assumptions = json::array();
  for (const auto& assumption : instrument_assumptions(graph, x, y, instrument))
    assumptions.push_back({{"name", assumption.name},
                           {"statement", assumption.statement},
                           {"in_graph", assumption.in_graph}});
  return {{"instrument", graph.name(instrument.instrument)},
          {"given", node_names_json(graph, instrument.given)},
          {"estimand", instrument_estimand_text(graph, x, y, instrument)},
          {"assumptions", std::move(assumptions)}};
}

// Those without another of them inside; smaller ones come first.
std::vector<NodeSet> minimal_sets(const std::vector<NodeSet>& sets) {
  std::vector<NodeSet> minimal;
  for (const auto& set : sets)
    if (std::none_of(minimal.begin(), minimal.end(),
                     [&](const NodeSet& smaller) { return smaller.is_subset_of(set); }))
      minimal.push_back(set);
  return minimal;
}

Result<NodeId> single(const Graph& graph, const NodeSet& set, std::string_view field) {
  if (set.size() == 1) return *set.begin();
  return fail(ErrorCode::invalid_argument,
              "an instrument is for one " + std::string(field) + ", not for " +
                  std::to_string(set.size()) +
                  (set.empty() ? "" : ": " + graph.name(*set.begin()) + ", ..."),
              std::string(field));
}

}  // namespace

Result<json> run_adjustment_sets(const OperationRequest& request) {
  CAUSAL_GYM_TRY(graph, request.graph());
  CAUSAL_GYM_TRY(effect, read_effect(request, graph));
  CAUSAL_GYM_TRY(limits, read_adjustment_limits(request, graph, effect));
  constexpr std::string_view modes[] = {"minimal", "all", "canonical", "optimal", "minimum"};
  CAUSAL_GYM_TRY(mode, read_word(request, "mode", modes));
  CAUSAL_GYM_TRY(weights, read_weights(request, graph));
  if (!weights.empty() && modes[mode] != "minimum")
    return fail(ErrorCode::invalid_argument, "'weights' are for mode minimum", "weights");
  const auto& [x, y] = effect;
  const auto& cancellation = request.context().cancellation;
  if (modes[mode] == "optimal") return optimal_set_json(graph, effect, limits);
  if (modes[mode] == "canonical") {
    CAUSAL_GYM_TRY(set, canonical_adjustment_set(graph, x, y, limits));
    return set_listing_json(graph, set);
  }
  if (modes[mode] == "minimum") {
    CAUSAL_GYM_TRY(found, minimum_adjustment_set(graph, x, y, weights, limits, cancellation));
    auto result = set_listing_json(graph, found ? std::optional(found->set) : std::nullopt);
    result["weight"] = found ? json(found->weight) : json(nullptr);
    return result;
  }
  if (modes[mode] == "all") {
    CAUSAL_GYM_TRY(listing, all_adjustment_sets(request, graph, effect, limits));
    return set_listing_json(graph, listing);
  }
  CAUSAL_GYM_TRY(listing, minimal_adjustment_sets(graph, x, y, limits, cancellation));
  return set_listing_json(graph, listing);
}

Result<json> run_check_adjustment(const OperationRequest& request) {
  CAUSAL_GYM_TRY(graph, request.graph());
  CAUSAL_GYM_TRY(effect, read_effect(request, graph));
  CAUSAL_GYM_TRY(set, request.nodes("set", graph));
  CAUSAL_GYM_TRY(scope, read_scope(request, graph));
  CAUSAL_GYM_CHECKED(check_field_sets(graph, {{"treatment", "treatment", &effect.treatment},
                                              {"outcome", "outcome", &effect.outcome},
                                              {"set", "adjustment set", &set},
                                              {"selected", "selection", &scope.selected}}));
  CAUSAL_GYM_TRY(check, check_adjustment(graph, effect.treatment, effect.outcome, set, scope));
  CAUSAL_GYM_TRY(explanation,
                 explain_adjustment(graph, effect.treatment, effect.outcome, set, scope));
  json forbidden = json::array();
  for (const auto v : check.forbidden) forbidden.push_back(graph.name(v));
  return json{{"valid", check.valid},
              {"back_door", check.back_door},
              {"reason", check.reason},
              {"forbidden", std::move(forbidden)},
              {"open_path", optional_path_json(graph, check.open_path)},
              {"selection_path", optional_path_json(graph, check.selection_path)},
              {"explanation", explanation_json(graph, explanation)}};
}

Result<json> run_front_door_sets(const OperationRequest& request) {
  CAUSAL_GYM_TRY(graph, request.graph());
  CAUSAL_GYM_TRY(effect, read_effect(request, graph));
  FrontDoorLimits limits;
  CAUSAL_GYM_TRY(must, request.nodes("must", graph));
  CAUSAL_GYM_TRY(must_not, request.nodes("must_not", graph));
  CAUSAL_GYM_TRY(sets, read_limit(request, usual_sets));
  CAUSAL_GYM_CHECKED(check_field_sets(graph, {{"treatment", "treatment", &effect.treatment},
                                              {"outcome", "outcome", &effect.outcome},
                                              {"must", "set of required members", &must}}));
  CAUSAL_GYM_CHECKED(check_must_not(graph, must, must_not));
  limits.must = std::move(must);
  limits.must_not = std::move(must_not);
  limits.sets = sets;
  constexpr std::string_view modes[] = {"minimal", "all", "maximum"};
  CAUSAL_GYM_TRY(mode, read_word(request, "mode", modes));
  const auto& [x, y] = effect;
  if (modes[mode] == "maximum") {
    CAUSAL_GYM_TRY(set, largest_front_door_set(graph, x, y, limits));
    return set_listing_json(graph, set);
  }
  CAUSAL_GYM_TRY(listing,
                 list_front_door_sets(graph, x, y, limits, request.context().cancellation));
  if (modes[mode] == "all") return set_listing_json(graph, listing);
  if (listing.complete) {
    listing.sets = minimal_sets(listing.sets);
  } else {  // too many to choose from: one of the minimal ones
    CAUSAL_GYM_TRY(set, find_front_door_set(graph, x, y, limits));
    listing.sets = {*set};
  }
  return set_listing_json(graph, listing);
}

Result<json> run_instruments(const OperationRequest& request) {
  CAUSAL_GYM_TRY(graph, request.graph());
  CAUSAL_GYM_TRY(effect, read_effect(request, graph));
  CAUSAL_GYM_TRY(x, single(graph, effect.treatment, "treatment"));
  CAUSAL_GYM_TRY(y, single(graph, effect.outcome, "outcome"));
  CAUSAL_GYM_TRY(part, read_word(request, "effect", effect_words));
  const auto kind = part == 0 ? EffectReach::total : EffectReach::direct;
  if (request.has("instrument")) {
    CAUSAL_GYM_TRY(z, request.node("instrument", graph));
    CAUSAL_GYM_TRY(given, request.nodes("given", graph));
    const NodeSet instrument = {z};
    CAUSAL_GYM_CHECKED(check_field_sets(graph, {{"treatment", "treatment", &effect.treatment},
                                                {"outcome", "outcome", &effect.outcome},
                                                {"instrument", "instrument", &instrument},
                                                {"given", "conditioning set", &given}}));
    if (request.has("must_not"))
      return fail(ErrorCode::invalid_argument, "'must_not' goes with a list of instruments",
                  "must_not");
    CAUSAL_GYM_TRY(check, check_instrument(graph, x, y, z, given, kind));
    json instruments = json::array();
    if (check.valid) instruments.push_back(instrument_json(graph, x, y, {z, given}));
    return json{{"instruments", std::move(instruments)},
                {"valid", check.valid},
                {"reason", check.reason},
                {"fault", instrument_fault_name(check.fault)},
                {"open_path", optional_path_json(graph, check.open_path)}};
  }
  if (request.has("given"))
    return fail(ErrorCode::invalid_argument, "'given' goes with 'instrument'", "given");
  CAUSAL_GYM_TRY(must_not, request.nodes("must_not", graph));
  CAUSAL_GYM_TRY(found,
                 list_instruments(graph, x, y, kind, must_not, request.context().cancellation));
  json instruments = json::array();
  for (const auto& instrument : found)
    instruments.push_back(instrument_json(graph, x, y, instrument));
  return json{{"instruments", std::move(instruments)}};
}

}  // namespace causal_gym

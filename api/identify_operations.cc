#include "api/identify_operations.h"

#include "api/answer_json.h"
#include "api/available_json.h"
#include "api/counterfactual_json.h"
#include "api/derivation_json.h"
#include "api/effect_request.h"
#include "api/effect_target.h"
#include "api/expression_json.h"
#include "api/json_fields.h"
#include "api/model_json.h"
#include "api/query_operations.h"
#include "engine/identify/check_derivation.h"
#include "engine/identify/derive.h"
#include "engine/query/check_values.h"
#include "engine/witness/disagreeing_models.h"

namespace causal_gym {

namespace {

using nlohmann::json;

Status check_question(const OperationRequest& request) {
  const bool by_names = request.has("treatment") || request.has("outcome") || request.has("given");
  if (by_names != request.has("query")) return {};
  return fail(ErrorCode::invalid_argument,
              "identify takes either 'query' or 'treatment' and 'outcome'", "query",
              "\"query\": \"P(y | do(x))\"");
}

Result<EffectTarget> read_target(const OperationRequest& request, const Graph& graph) {
  CAUSAL_GYM_TRY(treatment, request.nodes("treatment", graph));
  CAUSAL_GYM_TRY(outcome, request.nodes("outcome", graph));
  CAUSAL_GYM_TRY(given, request.nodes("given", graph));
  return EffectTarget{std::move(treatment), std::move(outcome), std::move(given)};
}

// Is the target one that may be asked about? An error stands at its field, or at the query.
Status check_question_target(const OperationRequest& request, const Graph& graph,
                             const EffectTarget& target) {
  const auto field = [&](std::string_view name) { return request.has("query") ? "query" : name; };
  if (target.outcome.empty())
    return fail(ErrorCode::invalid_argument, "the outcome is empty", std::string(field("outcome")));
  return check_field_sets(graph, {{field("treatment"), "treatment", &target.treatment},
                                  {field("outcome"), "outcome", &target.outcome},
                                  {field("given"), "condition", &target.given}});
}

// "experiments" as available data: P(v | do(x)) for every x, which counterfactuals alone need.
bool all_experiments(const OperationRequest& request) {
  const auto* available = request.find("available");
  return available != nullptr && *available == "experiments";
}

// Says why there is no derivation, to one who asked for it.
void say_no_derivation(const OperationRequest& request, json& result) {
  if (request.boolean("derivation", false).value_or(false))
    result["no_derivation"] = "derivations are written for effects from observation";
}

Result<json> identify_query(const OperationRequest& request, const Graph& graph,
                            const Query& query) {
  if (request.has("available") && !all_experiments(request))
    return fail(ErrorCode::invalid_argument,
                "for effects and counterfactuals 'available' is \"experiments\", or left out",
                "available");
  const auto answer = identify_counterfactual_query(
      graph, query,
      all_experiments(request) ? AvailableData::experimental : AvailableData::observational,
      request.context().limits, request.context().cancellation);
  if (!answer) return fail(error_at(answer.error(), "query"));
  auto result = query_identification_json(graph, query_text(query), *answer);
  say_no_derivation(request, result);
  return result;
}

Result<json> identify_from_available(const OperationRequest& request, const Graph& graph,
                                     const EffectTarget& target) {
  CAUSAL_GYM_TRY(available, read_available(*request.find("available"), "available", graph));
  const auto answer =
      identify_from(graph, target, available.distributions, request.context().cancellation,
                    request.context().limits, available.populations);
  if (!answer) return fail(error_at(answer.error(), "available"));
  auto result = general_identification_json(graph, target, available, *answer);
  say_no_derivation(request, result);
  return result;
}

// Two models that disagree, or why there are none to show.
Result<json> models_json(const OperationRequest& request, const Graph& graph,
                         const EffectTarget& target, const Hedge& hedge) {
  auto pair = make_disagreeing_models(graph, target, hedge, request.context().limits,
                                      request.context().cancellation);
  if (!pair && pair.error().code == ErrorCode::cancelled) return fail(pair.error());
  if (!pair) return json{{"first", nullptr}, {"second", nullptr}, {"reason", pair.error().message}};
  return json{{"first", model_json(pair->first)},
              {"second", model_json(pair->second)},
              {"question", query_text(Query{pair->question})},
              {"answers", {pair->first_answer, pair->second_answer}},
              {"compared", pair->compared},
              {"compared_all", pair->compared_all},
              {"seen_difference", pair->seen_difference}};
}

std::string check_sentence(const DerivationCheck& check, std::size_t steps) {
  if (check.verdict == DerivationVerdict::valid) return "every step holds";
  const auto place = check.step < steps ? "step " + std::to_string(check.step + 1) : "the end";
  return place + ": " + check.reason;
}

Result<json> identify_target(const OperationRequest& request, const Graph& graph,
                             const EffectTarget& target) {
  CAUSAL_GYM_CHECKED(check_question_target(request, graph, target));
  if (request.has("available")) return identify_from_available(request, graph, target);
  CAUSAL_GYM_TRY(identification, identify_effect(graph, target, request.context().cancellation,
                                                 request.context().limits));
  std::optional<Derivation> derivation;
  std::optional<std::string> no_derivation;
  CAUSAL_GYM_TRY(wanted, request.boolean("derivation", true));
  if (wanted && identification.verdict == Verdict::identifiable) {
    auto derived = derive(graph, target, identification, request.context().limits,
                          request.context().cancellation);
    if (!derived && derived.error().code != ErrorCode::limit_exceeded) return fail(derived.error());
    if (derived)
      derivation = *std::move(derived);
    else
      no_derivation = derived.error().message;
  }
  auto result = identification_json(graph, identification, derivation);
  if (no_derivation) result["no_derivation"] = *no_derivation;
  CAUSAL_GYM_TRY(models, request.boolean("models"));
  if (models && identification.hedge) {
    CAUSAL_GYM_TRY(pair, models_json(request, graph, target, *identification.hedge));
    result["models"] = std::move(pair);
  }
  return result;
}

}  // namespace

Result<json> run_identify(const OperationRequest& request) {
  CAUSAL_GYM_TRY(graph, request.graph());
  CAUSAL_GYM_CHECKED(check_question(request));
  if (!request.has("query")) {
    CAUSAL_GYM_TRY(target, read_target(request, graph));
    return identify_target(request, graph, target);
  }
  CAUSAL_GYM_TRY(query, read_query(request));
  if (request.has("model")) {
    CAUSAL_GYM_TRY(model, request.model());
    if (auto status = check_values(query, model); !status)
      return fail(error_at(status.error(), "query"));
  }
  if (!is_interventional_term(query) || !names_each_once(query) || all_experiments(request))
    return identify_query(request, graph, query);
  CAUSAL_GYM_TRY(target, effect_target(query, graph));
  return identify_target(request, graph, target);
}

Result<json> run_check_derivation(const OperationRequest& request) {
  CAUSAL_GYM_TRY(graph, request.graph());
  // A derivation, or the answer of identify that holds one.
  const auto* given = request.find("derivation");
  std::string path = "derivation";
  if (given->contains("identifiable") && given->contains("derivation")) {
    given = &(*given)["derivation"];
    path += ".derivation";
    if (given->is_null())
      return fail(ErrorCode::invalid_argument, "this answer of identify holds no derivation", path,
                  "ask for it: identify --derivation --json");
  }
  CAUSAL_GYM_TRY(derivation, read_derivation(*given, path, graph));
  DerivationClaim claim;
  if (request.has("estimand")) {
    CAUSAL_GYM_TRY(estimand,
                   read_expression(*request.find("estimand"), "estimand",
                                   [&](const std::string& name) { return graph.require(name); }));
    claim.estimand = std::move(estimand);
  }
  CAUSAL_GYM_TRY(check,
                 check_derivation(graph, derivation, claim, {}, request.context().cancellation));
  const bool valid = check.verdict == DerivationVerdict::valid;
  return json{
      {"valid", check.verdict == DerivationVerdict::unchecked ? json(nullptr) : json(valid)},
      {"verdict", derivation_verdict_name(check.verdict)},
      {"step", valid ? json(nullptr) : json(check.step)},
      {"reason", check_sentence(check, derivation.steps.size())}};
}

}  // namespace causal_gym

#include "api/query_operations.h"

#include "api/answer_json.h"
#include "api/effect_target.h"
#include "api/json_fields.h"
#include "engine/ask.h"

namespace causal_gym {

namespace {

using nlohmann::json;

Result<Query> read_query(const OperationRequest& request) {
  CAUSAL_GYM_TRY(text, request.text("query"));
  auto query = parse_query(text, request.context().limits);
  if (!query) return fail(error_at(query.error(), "query"));
  return query;
}

// The regime of `interventions`: one text, or a list of texts that hold jointly.
Result<Regime> read_regime(const OperationRequest& request, const Model& model) {
  CAUSAL_GYM_TRY(texts, request.texts("interventions"));
  Regime regime;
  for (const auto& text : texts) {
    auto part = parse_regime(text, model);
    if (!part) return fail(error_at(part.error(), "interventions"));
    regime.insert(regime.end(), part->begin(), part->end());
  }
  if (auto status = check_regime(model, regime); !status)
    return fail(error_at(status.error(), "interventions"));
  return regime;
}

Result<EffectTarget> read_target(const OperationRequest& request, const Graph& graph) {
  CAUSAL_GYM_TRY(treatment, request.nodes("treatment", graph));
  CAUSAL_GYM_TRY(outcome, request.nodes("outcome", graph));
  CAUSAL_GYM_TRY(given, request.nodes("given", graph));
  return EffectTarget{std::move(treatment), std::move(outcome), std::move(given)};
}

}  // namespace

Result<json> run_ask(const OperationRequest& request) {
  CAUSAL_GYM_TRY(model, request.model());
  CAUSAL_GYM_TRY(query, read_query(request));
  CAUSAL_GYM_TRY(regime, read_regime(request, model));
  AskOptions options;
  options.inference = {request.context().limits, request.context().cancellation};
  auto answer = ask(model, regime, query, options);
  if (!answer) return fail(error_at(answer.error(), answer.error().where.empty() ? "query" : ""));
  return answer_json(model, *answer);
}

Result<json> run_identify(const OperationRequest& request) {
  CAUSAL_GYM_TRY(graph, request.graph());
  const bool by_names = request.has("treatment") || request.has("outcome") || request.has("given");
  if (by_names == request.has("query"))
    return fail(ErrorCode::invalid_argument,
                "identify takes either 'query' or 'treatment' and 'outcome'", "query",
                "\"query\": \"P(y | do(x))\"");
  Result<EffectTarget> target = EffectTarget{};
  if (by_names) {
    target = read_target(request, graph);
  } else {
    CAUSAL_GYM_TRY(query, read_query(request));
    target = effect_target(query, graph);
  }
  if (!target) return fail(target.error());
  CAUSAL_GYM_TRY(identification, identify_effect(graph, *target, request.context().cancellation));
  return identification_json(graph, identification);
}

}  // namespace causal_gym

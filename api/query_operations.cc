#include "api/query_operations.h"

#include "api/answer_json.h"
#include "api/json_fields.h"
#include "engine/ask.h"

namespace causal_gym {

namespace {

using nlohmann::json;

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

}  // namespace

Result<Query> read_query(const OperationRequest& request) {
  CAUSAL_GYM_TRY(text, request.text("query"));
  auto query = parse_query(text, request.context().limits);
  if (!query) return fail(error_at(query.error(), "query"));
  return query;
}

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

}  // namespace causal_gym

#include "api/gym_operations.h"

#include "api/graph_json.h"
#include "api/model_json.h"
#include "api/run_json.h"
#include "api/run_query_json.h"
#include "gym/environments/registry.h"

namespace causal_gym {

namespace {

using nlohmann::json;

json roles_json(const Roles& roles) {
  return {{"treatment", roles.treatment},     {"outcome", roles.outcome},
          {"confounders", roles.confounders}, {"mediators", roles.mediators},
          {"colliders", roles.colliders},     {"instruments", roles.instruments}};
}

json listed_environment_json(const Environment& environment) {
  return {{"id", environment.id},
          {"title", environment.title},
          {"roles", roles_json(environment.roles)},
          {"variables", environment.model.variable_count()}};
}

Result<json> list_runs(const OperationRequest& request, RunReader& store) {
  json fields = json::object();
  for (const auto field : run_query_fields)
    if (const auto* value = request.find(field)) fields[std::string(field)] = *value;
  CAUSAL_GYM_TRY(query, read_run_query(fields));
  CAUSAL_GYM_TRY(listing, store.find_runs(query));
  return run_listing_json(listing);
}

}  // namespace

json environment_json(const Environment& environment) {
  return {{"id", environment.id},
          {"title", environment.title},
          {"story", environment.story},
          {"source", environment.source},
          {"roles", roles_json(environment.roles)},
          {"queries", environment.queries},
          {"interventions", environment.interventions},
          {"notes", environment.notes},
          {"graph", graph_json(environment.model.graph())},
          {"model", model_json(environment.model)}};
}

Result<json> run_environments(const OperationRequest& request) {
  if (request.has("environment")) {
    CAUSAL_GYM_TRY(id, request.text("environment"));
    const auto environment = find_environment(id);
    if (!environment)
      return fail(ErrorCode::not_found, environment.error().message, "environment",
                  environment.error().suggestion);
    return environment_json(**environment);
  }
  json environments = json::array();
  for (const auto& environment : all_environments())
    environments.push_back(listed_environment_json(environment));
  return json{{"environments", std::move(environments)}};
}

Result<json> run_runs(const OperationRequest& request) {
  auto* store = request.context().runs;
  if (store == nullptr)
    return fail(ErrorCode::unavailable, "no run store is attached here", "",
                "ask the server, or `causal-gym runs`");
  if (!request.has("run")) return list_runs(request, *store);
  CAUSAL_GYM_TRY(id, request.text("run"));
  CAUSAL_GYM_TRY(events, request.boolean("events"));
  CAUSAL_GYM_TRY(run, store->load_run(id));
  return stored_run_json(run, events);
}

}  // namespace causal_gym

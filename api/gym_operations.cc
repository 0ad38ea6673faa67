#include "api/gym_operations.h"

#include "api/graph_json.h"
#include "api/model_json.h"
#include "api/run_json.h"
#include "gym/environments/registry.h"

namespace causal_gym {

namespace {

using nlohmann::json;

constexpr std::int64_t default_listing = 50;

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
  CAUSAL_GYM_TRY(limit, request.whole_number("limit"));
  if (limit.value_or(default_listing) < 1 ||
      limit.value_or(default_listing) > static_cast<std::int64_t>(run_listing_limit))
    return fail(ErrorCode::invalid_argument,
                "'limit' is from 1 to " + std::to_string(run_listing_limit), "limit");
  std::optional<std::string> cursor;
  if (request.has("cursor")) {
    CAUSAL_GYM_TRY(text, request.text("cursor"));
    cursor = std::move(text);
  }
  CAUSAL_GYM_TRY(
      listing, store.list_runs(static_cast<std::size_t>(limit.value_or(default_listing)), cursor));
  json runs = json::array();
  for (const auto& run : listing.runs) runs.push_back(run_summary_json(run));
  return json{{"runs", std::move(runs)},
              {"next_cursor", listing.next_cursor ? json(*listing.next_cursor) : json(nullptr)}};
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

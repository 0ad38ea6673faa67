#include "apps/server/run_change.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "api/http_status.h"
#include "apps/server/request_body.h"
#include "apps/server/visible_runs.h"
#include "platform/http/error_response.h"

namespace causal_gym {

namespace {

HttpResponse answer(const Status& status) {
  return status ? HttpResponse{.status = 204}
                : error_response(change_status(status.error()), status.error());
}

// Carries out a change, and tells the audit log where there is one: what was asked for, and how it
// went.
Status change(ServerParts& parts, const Call& call, const std::string& action,
              const std::string& outcome, const std::function<Status(const RunId&)>& work) {
  const auto& run = call.path[0].second;
  CAUSAL_GYM_CHECKED(check_change(parts, call));
  const auto status = work(run);
  if (parts.accounts != nullptr) {
    const auto said = status ? outcome : std::string(error_code_name(status.error().code));
    CAUSAL_GYM_CHECKED(parts.accounts->note_run(call.caller, action, run, said, call.origin));
  }
  return status;
}

Result<std::int64_t> priority_of(const Call& call) {
  CAUSAL_GYM_TRY(body, read_body(call, {"priority"}));
  const auto field = body.find("priority");
  const bool is_whole = field != body.end() && field->is_number_integer();
  // As a double, which a number that is too large for us does not turn into another one.
  if (!is_whole || std::abs(field->get<double>()) > static_cast<double>(job_priority_limit))
    return fail(ErrorCode::invalid_argument,
                "'priority' is no whole number from -" + std::to_string(job_priority_limit) +
                    " to " + std::to_string(job_priority_limit),
                "priority");
  return field->get<std::int64_t>();
}

HttpResponse answer_priority(ServerParts& parts, const Call& call) {
  const auto priority = priority_of(call);
  if (!priority) return error_response(http_status(priority.error().code), priority.error());
  return answer(set_run_priority(parts, call, *priority));
}

}  // namespace

int change_status(const Error& error) {
  return error.code == ErrorCode::unauthorized ? 403 : http_status(error.code);
}

Status check_change(ServerParts& parts, const Call& call) {
  const auto& run = call.path[0].second;
  if (parts.accounts != nullptr) {
    VisibleRuns runs(parts.store, &parts.accounts->store(), call.caller);
    CAUSAL_GYM_TRY(owned, parts.accounts->store().find_owned(run, call.caller.user));
    const auto decision = may(call.caller, Permission::change_runs, owned);
    if (auto visible = runs.check_visible(run); !visible && decision != Decision::allowed)
      return visible;
    if (decision == Decision::hidden)
      return fail(ErrorCode::not_found, "no run '" + run + "'", "run");
    if (decision != Decision::allowed)
      return fail(ErrorCode::unauthorized, "the run is another user's", "run");
  }
  if (const auto loaded = parts.store.load_episodes(run, {0, 0}); !loaded)
    return fail(loaded.error());
  return {};
}

Status act_on_run(ServerParts& parts, const Call& call, RunAct act) {
  struct Row {
    const char* action;
    Status (JobStore::*change)(const RunId&);
  };
  static constexpr Row rows[] = {{"run_cancelled", &JobStore::cancel_job},
                                 {"run_paused", &JobStore::pause_job},
                                 {"run_retried", &JobStore::resume_job}};
  const auto& row = rows[static_cast<std::size_t>(act)];
  return change(parts, call, row.action, "ok",
                [&](const RunId& run) { return (parts.store.*row.change)(run); });
}

bool may_prefer(const Caller& caller) { return sees_all_runs(caller); }

Status set_run_priority(ServerParts& parts, const Call& call, std::int64_t priority) {
  if (priority > 0 && !may_prefer(call.caller)) {
    CAUSAL_GYM_CHECKED(check_change(parts, call));
    return fail(ErrorCode::unauthorized, "only admins put a run before others'", "priority",
                "a priority of 0 or less");
  }
  return change(parts, call, "run_priority_set", std::to_string(priority),
                [&](const RunId& run) { return parts.store.set_job_priority(run, priority); });
}

Status share_run(ServerParts& parts, const Call& call, const std::string& user) {
  CAUSAL_GYM_CHECKED(check_change(parts, call));
  return parts.accounts->share_run(call.caller, call.path[0].second, user, call.origin);
}

Status unshare_run(ServerParts& parts, const Call& call, const std::string& user) {
  CAUSAL_GYM_CHECKED(check_change(parts, call));
  return parts.accounts->unshare_run(call.caller, call.path[0].second, user, call.origin);
}

Result<std::vector<std::string>> names_shared_with(ServerParts& parts, const RunId& run) {
  CAUSAL_GYM_TRY(ids, parts.accounts->store().shares_of(run));
  std::vector<std::string> names;
  for (const auto& id : ids) {
    CAUSAL_GYM_TRY(user, parts.accounts->store().find_user(id));
    if (user) names.push_back(user->name);
  }
  return names;
}

std::vector<ServerRoute> run_change_routes(ServerParts& parts) {
  using Names = std::vector<std::string>;
  std::vector<ServerRoute> routes;
  for (const auto& [name, act] :
       {std::pair("cancel", RunAct::cancel), std::pair("pause", RunAct::pause),
        std::pair("retry", RunAct::retry)})
    routes.push_back(
        {"POST", std::string("/api/v1/runs/{id}/") + name, Permission::change_runs,
         [&parts, act = act](const Call& call) { return answer(act_on_run(parts, call, act)); },
         Names{}});
  routes.push_back({"PUT", "/api/v1/runs/{id}/priority", Permission::change_runs,
                    [&parts](const Call& call) { return answer_priority(parts, call); }, Names{}});
  return routes;
}

}  // namespace causal_gym

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

HttpResponse refused(const Error& error) { return error_response(http_status(error.code), error); }

// Carries out a change, and tells the audit log where there is one: what was asked for, and how it
// went.
HttpResponse change(ServerParts& parts, const Call& call, const std::string& action,
                    const std::string& outcome, const std::function<Status(const RunId&)>& work) {
  const auto& run = call.path[0].second;
  if (auto refusal = refuse_change(parts, call)) return *std::move(refusal);
  const auto status = work(run);
  if (parts.accounts != nullptr) {
    const auto said = status ? outcome : std::string(error_code_name(status.error().code));
    const auto noted = parts.accounts->note_run(call.caller, action, run, said, call.origin);
    if (!noted) return refused(noted.error());
  }
  return status ? HttpResponse{.status = 204} : refused(status.error());
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

// Over others' runs only admins may put one.
HttpResponse set_priority(ServerParts& parts, const Call& call) {
  const auto priority = priority_of(call);
  if (!priority) return refused(priority.error());
  if (*priority > 0 && !sees_all_runs(call.caller)) {
    if (auto refusal = refuse_change(parts, call)) return *std::move(refusal);
    return error_response(403, {ErrorCode::unauthorized, "only admins put a run before others'",
                                "priority", "a priority of 0 or less"});
  }
  return change(parts, call, "run_priority_set", std::to_string(*priority),
                [&](const RunId& run) { return parts.store.set_job_priority(run, *priority); });
}

}  // namespace

std::optional<HttpResponse> refuse_change(ServerParts& parts, const Call& call) {
  const auto& run = call.path[0].second;
  if (parts.accounts != nullptr) {
    VisibleRuns runs(parts.store, &parts.accounts->store(), call.caller);
    const auto owned = parts.accounts->store().find_owned(run, call.caller.user);
    if (!owned) return refused(owned.error());
    const auto decision = may(call.caller, Permission::change_runs, *owned);
    if (const auto visible = runs.check_visible(run); !visible && decision != Decision::allowed)
      return refused(visible.error());
    if (decision == Decision::hidden)
      return refused({ErrorCode::not_found, "no run '" + run + "'", "run", ""});
    if (decision != Decision::allowed)
      return error_response(403, {ErrorCode::unauthorized, "the run is another user's", "run", ""});
  }
  if (const auto loaded = parts.store.load_run(run); !loaded) return refused(loaded.error());
  return std::nullopt;
}

std::vector<ServerRoute> run_change_routes(ServerParts& parts) {
  using Names = std::vector<std::string>;
  struct Row {
    const char* pattern;
    const char* action;
    Status (JobStore::*change)(const RunId&);
  };
  static constexpr Row rows[] = {
      {"/api/v1/runs/{id}/cancel", "run_cancelled", &JobStore::cancel_job},
      {"/api/v1/runs/{id}/pause", "run_paused", &JobStore::pause_job},
      {"/api/v1/runs/{id}/retry", "run_retried", &JobStore::resume_job}};
  std::vector<ServerRoute> routes;
  for (const auto& row : rows)
    routes.push_back({"POST", row.pattern, Permission::change_runs,
                      [&parts, &row](const Call& call) {
                        return change(parts, call, row.action, "ok", [&](const RunId& run) {
                          return (parts.store.*row.change)(run);
                        });
                      },
                      Names{}});
  routes.push_back({"PUT", "/api/v1/runs/{id}/priority", Permission::change_runs,
                    [&parts](const Call& call) { return set_priority(parts, call); }, Names{}});
  return routes;
}

}  // namespace causal_gym

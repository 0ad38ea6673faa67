// The page of a run, and the forms that come back from it: after each, one is brought to the page
// again, which says what is done, or shown it with why not.
#include <algorithm>
#include <charconv>

#include "apps/server/page_response.h"
#include "apps/server/run_change.h"
#include "apps/server/run_page.h"
#include "apps/server/run_script.h"
#include "platform/auth/browser.h"

namespace causal_gym {

namespace {

HttpResponse page_of(const Error& error) { return page_of_error(change_status(error), error); }

// What is done, as the page's address says it: in words of ours, and only while it is so.
struct DoneRow {
  std::string_view did;
  std::string_view text;
  bool (*holds)(const RunView& view);
};

bool stands_as(const RunView& view, RunStanding standing) {
  return standing_of(view.run.summary, view.place) == standing;
}

constexpr DoneRow done_rows[] = {
    {"cancelled", "The run is cancelled.",
     [](const RunView& view) { return stands_as(view, RunStanding::cancelled); }},
    {"paused", "The run is paused.",
     [](const RunView& view) { return stands_as(view, RunStanding::paused); }},
    {"retried", "The run was taken up again.",
     [](const RunView& view) {
       return !stands_as(view, RunStanding::paused) && !stands_as(view, RunStanding::cancelled);
     }},
};

bool is_shared_with(const RunView& view, std::string_view user) {
  return std::find(view.shared_with.begin(), view.shared_with.end(), user) !=
         view.shared_with.end();
}

std::string done_text(const RunView& view, std::string_view did, std::string_view user) {
  for (const auto& row : done_rows)
    if (row.did == did) return std::string(row.holds(view) ? row.text : "");
  if (did == "priority" && view.place)
    return "The run's priority is " + std::to_string(view.place->priority) + ".";
  if (!view.rights.may_share || !check_user_name(user)) return {};
  if (did == "shared" && is_shared_with(view, user))
    return "The run is shared with " + std::string(user) + ".";
  if (did == "unshared" && !is_shared_with(view, user))
    return "The run is not shared with " + std::string(user) + " any more.";
  return {};
}

// Forms are for people: a key has the API.
Result<RunRights> rights_of(ServerParts& parts, const Call& call) {
  const auto kind = call.caller.kind;
  if (kind == CallerKind::everyone) return RunRights{true, true, false};
  if (kind != CallerKind::person) return RunRights();
  const auto allowed = check_change(parts, call);
  if (!allowed && allowed.error().code == ErrorCode::unavailable) return fail(allowed.error());
  return RunRights{allowed.has_value(), may_prefer(call.caller), allowed.has_value()};
}

Result<RunView> view_of(ServerParts& parts, const Call& call) {
  CAUSAL_GYM_TRY(run, call.runs.load_run(call.path[0].second));
  RunView view{std::move(run)};
  const auto& id = view.run.summary.id;
  CAUSAL_GYM_TRY(places, parts.store.find_jobs(std::span(&id, 1)));
  view.place = place_in(places, id);
  CAUSAL_GYM_TRY(rights, rights_of(parts, call));
  view.rights = rights;
  if (rights.may_share) {
    CAUSAL_GYM_TRY(names, names_shared_with(parts, id));
    view.shared_with = std::move(names);
  }
  view.visitor = visitor_of(call);
  return view;
}

HttpResponse show(ServerParts& parts, const Call& call) {
  auto view = view_of(parts, call);
  if (!view) return page_of(view.error());
  if (view->rights.may_change)
    view->notice.text = done_text(*view, call.request.parameter("did").value_or(""),
                                  call.request.parameter("user").value_or(""));
  return page_response(200, run_page(*view), run_script);
}

HttpResponse done(const Call& call, const std::string& what) {
  return see_other("/runs/" + url_escape(call.path[0].second) + "?did=" + what);
}

// The page again, with what is wrong; of a run that is not to be seen, that alone.
HttpResponse not_done(ServerParts& parts, const Call& call, const Error& error) {
  auto view = view_of(parts, call);
  if (!view) return page_of(view.error());
  view->notice = fault_notice(error);
  return page_response(change_status(error), run_page(*view), run_script);
}

HttpResponse act(ServerParts& parts, const Call& call, RunAct which, const char* what) {
  const auto status = act_on_run(parts, call, which);
  return status ? done(call, what) : not_done(parts, call, status.error());
}

Result<std::int64_t> priority_of(std::string_view text) {
  std::int64_t priority = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), priority);
  if (error == std::errc() && end == text.data() + text.size() && !text.empty()) return priority;
  return fail(ErrorCode::invalid_argument,
              "the priority '" + std::string(text) + "' is no whole number from -" +
                  std::to_string(job_priority_limit) + " to " + std::to_string(job_priority_limit),
              "priority");
}

HttpResponse set_priority(ServerParts& parts, const Call& call) {
  const auto fields = form_fields(call.request.body);
  if (!fields) return page_of(fields.error());
  const auto priority = priority_of(field_of(*fields, "priority"));
  if (!priority) return not_done(parts, call, priority.error());
  const auto status = set_run_priority(parts, call, *priority);
  return status ? done(call, "priority") : not_done(parts, call, status.error());
}

HttpResponse change_sharing(ServerParts& parts, const Call& call, const std::string& what,
                            Status (*change)(ServerParts&, const Call&, const std::string&)) {
  if (parts.accounts == nullptr)
    return page_of({ErrorCode::conflict, "access is off: there are no users to share with",
                    "auth.access", "set auth.access to on"});
  const auto fields = form_fields(call.request.body);
  if (!fields) return page_of(fields.error());
  const std::string user(field_of(*fields, "user"));
  const auto status = change(parts, call, user);
  return status ? done(call, what + "&user=" + url_escape(user))
                : not_done(parts, call, status.error());
}

}  // namespace

std::vector<ServerRoute> run_page_routes(ServerParts& parts) {
  using Names = std::vector<std::string>;
  const auto acts = [&parts](RunAct which, const char* what) {
    return [&parts, which, what](const Call& call) { return act(parts, call, which, what); };
  };
  const auto shares = [&parts](const char* what, auto change) {
    return [&parts, what, change](const Call& call) {
      return change_sharing(parts, call, what, change);
    };
  };
  constexpr auto may_change = Permission::change_runs;
  return {{"GET", "/runs/{id}", Permission::see_runs,
           [&parts](const Call& call) { return show(parts, call); }, Names{"did", "user"}},
          {"POST", "/runs/{id}/cancel", may_change, acts(RunAct::cancel, "cancelled"), Names{}},
          {"POST", "/runs/{id}/pause", may_change, acts(RunAct::pause, "paused"), Names{}},
          {"POST", "/runs/{id}/retry", may_change, acts(RunAct::retry, "retried"), Names{}},
          {"POST", "/runs/{id}/priority", may_change,
           [&parts](const Call& call) { return set_priority(parts, call); }, Names{}},
          {"POST", "/runs/{id}/share", may_change, shares("shared", &share_run), Names{}},
          {"POST", "/runs/{id}/unshare", may_change, shares("unshared", &unshare_run), Names{}}};
}

}  // namespace causal_gym

#include "apps/server/visible_runs.h"

#include <utility>

#include "engine/base/check.h"

namespace causal_gym {

namespace {

// As the store says it of a run that there is not.
tl::unexpected<Error> no_run(const RunId& run) {
  return fail(ErrorCode::not_found, "no run '" + run + "'", "run");
}

}  // namespace

Status check_visible(AccountStore* accounts, const Caller& caller, const RunId& run) {
  if (sees_all_runs(caller)) return {};
  CHECK(accounts != nullptr);
  CAUSAL_GYM_TRY(owned, accounts->find_owned(run, caller.user));
  if (may(caller, Permission::see_runs, owned) != Decision::allowed) return no_run(run);
  return {};
}

Status VisibleRuns::check_visible(const RunId& run) {
  return causal_gym::check_visible(accounts_, caller_, run);
}

Result<StoredRun> VisibleRuns::load_run(const RunId& run) {
  CAUSAL_GYM_CHECKED(check_visible(run));
  return runs_.load_run(run);
}

Result<RunListing> VisibleRuns::find_runs(const RunQuery& query) {
  auto own = query;
  if (own.filter.mine && !caller_.user.empty()) {
    if (own.filter.owner && own.filter.owner != caller_.name)
      return fail(ErrorCode::invalid_argument, "'mine' and another owner are not both possible",
                  "owner", "give one of them");
    own.filter.mine = false;
    own.filter.owner = caller_.name;
  }
  if (sees_all_runs(caller_)) return runs_.find_runs(own);
  if (own.filter.owner && own.filter.owner != caller_.name)
    return fail(ErrorCode::invalid_argument,
                "only an admin lists the runs of user '" + *own.filter.owner + "'", "owner",
                "name yourself, or nobody: what is shared with you is listed too");
  own.reader = caller_.user;
  CAUSAL_GYM_TRY(listing, runs_.find_runs(own));
  return may(caller_, Permission::see_runs) == Decision::allowed ? listing : RunListing{};
}

}  // namespace causal_gym

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

Status VisibleRuns::check_visible(const RunId& run) {
  if (sees_all_runs(caller_)) return {};
  CHECK(accounts_ != nullptr);
  CAUSAL_GYM_TRY(owned, accounts_->find_owned(run, caller_.user));
  if (may(caller_, Permission::see_runs, owned) != Decision::allowed) return no_run(run);
  return {};
}

Result<StoredRun> VisibleRuns::load_run(const RunId& run) {
  CAUSAL_GYM_CHECKED(check_visible(run));
  return runs_.load_run(run);
}

Result<RunListing> VisibleRuns::list_runs(std::size_t limit,
                                          const std::optional<std::string>& cursor) {
  if (sees_all_runs(caller_)) return runs_.list_runs(limit, cursor);
  CAUSAL_GYM_TRY(listing, runs_.list_runs_of(caller_.user, limit, cursor));
  return may(caller_, Permission::see_runs) == Decision::allowed ? listing : RunListing{};
}

}  // namespace causal_gym

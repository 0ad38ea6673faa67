#include "apps/server/visible_runs.h"

#include <algorithm>
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
  CHECK(accounts_ != nullptr);
  const bool may_list = may(caller_, Permission::see_runs) == Decision::allowed;
  RunListing listing;
  listing.next_cursor = cursor;
  std::size_t scanned = 0;
  do {
    // No more than are still wanted, so that the cursor stands behind the last one given.
    CAUSAL_GYM_TRY(page, runs_.list_runs(limit - listing.runs.size(), listing.next_cursor));
    if (!may_list) return RunListing{};
    std::vector<std::string> ids;
    ids.reserve(page.runs.size());
    for (const auto& run : page.runs) ids.push_back(run.id);
    CAUSAL_GYM_TRY(known, accounts_->known_runs(caller_.user, ids));
    for (auto& run : page.runs)
      if (std::find(known.begin(), known.end(), run.id) != known.end())
        listing.runs.push_back(std::move(run));
    scanned += ids.size();
    listing.next_cursor = std::move(page.next_cursor);
  } while (listing.next_cursor && listing.runs.size() < limit && scanned < scanned_runs_limit);
  return listing;
}

}  // namespace causal_gym

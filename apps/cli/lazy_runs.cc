#include "apps/cli/lazy_runs.h"

namespace causal_gym {

Result<RunStore*> LazyRuns::opened() {
  const std::lock_guard lock(mutex_);
  if (store_ == nullptr) {
    CAUSAL_GYM_TRY(store, open_configured_store(database_, StoreAccess::read));
    store_ = std::move(store);
  }
  return store_.get();
}

Result<RunListing> LazyRuns::find_runs(const RunQuery& query) {
  const auto store = opened();
  // Where nothing was kept yet, there are no runs.
  if (!store && store.error().code == ErrorCode::not_found && !query.cursor) return RunListing();
  if (!store) return fail(store.error());
  return (*store)->find_runs(query);
}

Result<StoredRun> LazyRuns::load_run(const RunId& run) {
  CAUSAL_GYM_TRY(store, opened());
  return store->load_run(run);
}

}  // namespace causal_gym

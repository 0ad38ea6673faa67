#include "apps/cli/lazy_run_store.h"

namespace causal_gym {

namespace {

Status refused() { return fail(ErrorCode::unavailable, "the runs are here for reading only"); }

}  // namespace

Result<RunStore*> LazyRunStore::opened() {
  const std::lock_guard lock(mutex_);
  if (store_ == nullptr) {
    CAUSAL_GYM_TRY(store, open_configured_store(database_, StoreAccess::read));
    store_ = std::move(store);
  }
  return store_.get();
}

Result<RunListing> LazyRunStore::list_runs(std::size_t limit,
                                           const std::optional<std::string>& cursor) {
  const auto store = opened();
  // Where nothing was kept yet, there are no runs.
  if (!store && store.error().code == ErrorCode::not_found && !cursor) return RunListing();
  if (!store) return fail(store.error());
  return (*store)->list_runs(limit, cursor);
}

Result<StoredRun> LazyRunStore::load_run(const RunId& run) {
  CAUSAL_GYM_TRY(store, opened());
  return store->load_run(run);
}

Status LazyRunStore::create_run(const NewRun&) { return refused(); }
Status LazyRunStore::claim_run(const RunId&) { return refused(); }
Status LazyRunStore::append_events(const RunId&, const EpisodePlan&,
                                   std::span<const EpisodeEvent>) {
  return refused();
}
Status LazyRunStore::finish_episode(const RunId&, std::span<const EpisodeEvent>,
                                    const EpisodeResult&) {
  return refused();
}
Status LazyRunStore::keep_model_options(const RunId&, const std::string&) { return refused(); }
Status LazyRunStore::set_run_state(const RunId&, RunState, const std::string&) { return refused(); }

}  // namespace causal_gym

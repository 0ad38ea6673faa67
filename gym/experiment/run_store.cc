#include "gym/experiment/run_store.h"

namespace causal_gym {

namespace {

using Results = Result<std::vector<EpisodeResult>>;

// Runs the experiment's episodes with everything stored as it happens.
Results play_stored_episodes(RunStore& store, const RunId& id, const ExperimentSpec& spec,
                             const ExperimentOptions& options,
                             std::vector<EpisodeProgress> progress) {
  ExperimentSink sink;
  sink.record = [&](const EpisodePlan& plan, std::span<const EpisodeEvent> events) {
    return store.append_events(id, plan, events);
  };
  sink.finish = [&](std::span<const EpisodeEvent> last_events, const EpisodeResult& result) {
    return store.finish_episode(id, last_events, result);
  };
  sink.together = [&](const std::function<Status()>& work) { return store.together(work); };
  return run_experiment(spec, sink, options, std::move(progress));
}

// The same, up to the run's being finished.
Results play_stored(RunStore& store, const RunId& id, const ExperimentSpec& spec,
                    const ExperimentOptions& options, std::vector<EpisodeProgress> progress) {
  auto results = play_stored_episodes(store, id, spec, options, std::move(progress));
  if (results) CAUSAL_GYM_CHECKED(store.set_run_state(id, RunState::finished, ""));
  return results;
}

// Stores also how it ended when it did not get that far.
Results run_stored(RunStore& store, const RunId& id, const ExperimentSpec& spec,
                   const ExperimentOptions& options, std::vector<EpisodeProgress> progress) {
  auto results = play_stored(store, id, spec, options, std::move(progress));
  if (results) return results;
  const bool cancelled = results.error().code == ErrorCode::cancelled;
  // The state says that it was cancelled; there is more to say when nobody asked for it.
  auto reason = cancelled ? results.error().message : error_text(results.error());
  if (cancelled && options.cancellation.cancelled()) reason.clear();
  // The first error is the one to report, also when the state cannot be stored.
  (void)store.set_run_state(id, cancelled ? RunState::cancelled : RunState::failed, reason);
  return results;
}

// What is stored of each planned episode of the range, of which the run holds no others.
Result<std::vector<EpisodeProgress>> progress_of(const StoredRun& run,
                                                 const EpisodeRange& range = {}) {
  const auto plans = plan_episodes(run.summary.spec, range);
  std::vector<EpisodeProgress> progress(plans.size());
  for (const auto& episode : run.episodes) {
    const auto place = static_cast<std::size_t>(episode.plan.index - range.first);
    if (place >= plans.size() || episode.plan != plans[place])
      return fail(
          ErrorCode::conflict,
          "run '" + run.summary.id + "' holds an episode that its specification does not have");
    progress[place] = {episode.events, episode.result};
  }
  return progress;
}

}  // namespace

Result<StoredRun> RunStore::load_episodes(const RunId& run, const EpisodeRange& range) {
  CAUSAL_GYM_TRY(stored, load_run(run));
  std::erase_if(stored.episodes,
                [&](const EpisodeRecord& episode) { return !range.holds(episode.plan.index); });
  return stored;
}

Results run_and_store(RunStore& store, const NewRun& run, const ExperimentOptions& options) {
  CAUSAL_GYM_CHECKED(check_experiment(run.spec, options));
  CAUSAL_GYM_CHECKED(store.create_run(run));
  return run_stored(store, run.id, run.spec, options, {});
}

Results go_on_with_run(RunStore& store, const RunId& run, const ExperimentOptions& options) {
  CAUSAL_GYM_TRY(stored, store.load_run(run));
  CAUSAL_GYM_TRY(progress, progress_of(stored));
  return play_stored(store, run, stored.summary.spec, options, std::move(progress));
}

Results go_on_with_episodes(RunStore& store, const RunId& run, const ExperimentOptions& options) {
  CAUSAL_GYM_TRY(stored, store.load_episodes(run, options.range));
  CAUSAL_GYM_TRY(progress, progress_of(stored, options.range));
  return play_stored_episodes(store, run, stored.summary.spec, options, std::move(progress));
}

Results resume_run(RunStore& store, const RunId& run, const ExperimentOptions& options,
                   const std::optional<std::string>& model_options) {
  CAUSAL_GYM_TRY(found, store.load_run(run));
  if (found.summary.state == RunState::finished) {
    CAUSAL_GYM_TRY(progress, progress_of(found));
    return run_experiment(found.summary.spec, {}, options, std::move(progress));
  }
  CAUSAL_GYM_CHECKED(store.claim_run(run));
  if (model_options) CAUSAL_GYM_CHECKED(store.keep_model_options(run, *model_options));
  // Read once it is claimed: until then another one may have written to it.
  CAUSAL_GYM_TRY(stored, store.load_run(run));
  auto progress = progress_of(stored);
  if (!progress) {
    (void)store.set_run_state(run, RunState::failed, error_text(progress.error()));
    return fail(progress.error());
  }
  return run_stored(store, run, stored.summary.spec, options, *std::move(progress));
}

}  // namespace causal_gym

#include "gym/experiment/run_store.h"

#include <array>

#include "engine/base/spelling.h"

namespace causal_gym {

namespace {

constexpr std::array<std::string_view, 4> state_names = {"running", "finished", "cancelled",
                                                         "failed"};

using Results = Result<std::vector<EpisodeResult>>;

// Runs the experiment with everything stored as it happens, and stores how it ended.
Results run_stored(RunStore& store, const RunId& id, const ExperimentSpec& spec,
                   const ExperimentOptions& options, std::vector<EpisodeProgress> progress) {
  ExperimentSink sink;
  sink.record = [&](const EpisodePlan& plan, std::span<const EpisodeEvent> events) {
    return store.append_events(id, plan, events);
  };
  sink.finish = [&](const EpisodeResult& result) { return store.finish_episode(id, result); };
  auto results = run_experiment(spec, sink, options, std::move(progress));
  if (results) {
    CAUSAL_GYM_CHECKED(store.set_run_state(id, RunState::finished, ""));
    return results;
  }
  const bool cancelled = results.error().code == ErrorCode::cancelled;
  // The first error is the one to report, also when the state cannot be stored.
  (void)store.set_run_state(id, cancelled ? RunState::cancelled : RunState::failed,
                            error_text(results.error()));
  return results;
}

}  // namespace

std::string_view run_state_name(RunState state) {
  return state_names[static_cast<std::size_t>(state)];
}

Result<RunState> find_run_state(std::string_view name) {
  for (std::size_t i = 0; i < state_names.size(); ++i)
    if (state_names[i] == name) return static_cast<RunState>(i);
  const std::vector<std::string> names(state_names.begin(), state_names.end());
  return fail(ErrorCode::unknown_name, "no run state '" + std::string(name) + "'", {},
              spelling_suggestion(name, names));
}

Results run_and_store(RunStore& store, const NewRun& run, const ExperimentOptions& options) {
  CAUSAL_GYM_CHECKED(check_experiment(run.spec, options));
  CAUSAL_GYM_CHECKED(store.create_run(run));
  return run_stored(store, run.id, run.spec, options, {});
}

Results resume_run(RunStore& store, const RunId& run, const ExperimentOptions& options) {
  CAUSAL_GYM_TRY(stored, store.load_run(run));
  const auto& spec = stored.summary.spec;
  const auto plans = plan_episodes(spec);
  std::vector<EpisodeProgress> progress(plans.size());
  for (auto& episode : stored.episodes) {
    const auto index = static_cast<std::size_t>(episode.plan.index);
    if (index >= plans.size() || episode.plan != plans[index])
      return fail(ErrorCode::conflict,
                  "run '" + run + "' holds an episode that its specification does not have");
    progress[index] = {std::move(episode.events), std::move(episode.result)};
  }
  if (stored.summary.state == RunState::finished)
    return run_experiment(spec, {}, options, std::move(progress));
  CAUSAL_GYM_CHECKED(store.set_run_state(run, RunState::running, ""));
  return run_stored(store, run, spec, options, std::move(progress));
}

}  // namespace causal_gym

// Plays the episodes of an experiment, many of them at once where their agents answer in their own
// time, and tells a sink what happens. The log and the result of an episode do not depend on how
// many are under way.
#pragma once

#include "gym/experiment/experiment.h"

namespace causal_gym {

// The protocol of an environment with what the specification puts in its place.
[[nodiscard]] Protocol protocol_of(const ExperimentSpec& spec, const Environment& environment);

// `progress_so_far` has one entry for each plan. Errors: as run_experiment.
[[nodiscard]] Result<std::vector<EpisodeResult>> play_episodes(
    const ExperimentSpec& spec, const std::vector<EpisodePlan>& plans, const ExperimentSink& sink,
    const ExperimentOptions& options, std::vector<EpisodeProgress> progress_so_far);

}  // namespace causal_gym

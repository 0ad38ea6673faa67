// How a run stands, in the word that the pages say: what the store says of it, and of the queue.
//
// A stored run that has begun and that nobody works on is `interrupted`, whether it waits for the
// next worker, is paused, or nobody will go on with it: to a reader these are three things. Pure
// but for find_places.
#pragma once

#include <optional>
#include <string_view>

#include "platform/store/job_store.h"

namespace causal_gym {

// waiting: for a worker. interrupted: whoever worked on it has gone, and it is no job.
enum class RunStanding { waiting, running, paused, interrupted, finished, cancelled, failed };

[[nodiscard]] std::string_view run_standing_name(RunStanding standing);

// `place`: none for a run that is no job.
[[nodiscard]] RunStanding standing_of(const RunSummary& run, const std::optional<JobPlace>& place);

[[nodiscard]] std::optional<JobPlace> place_in(const JobPlaces& places, const RunId& run);

// Of the listing's runs, as far as standing_of needs them. Errors: unavailable.
[[nodiscard]] Result<JobPlaces> find_places(JobStore& store, const RunListing& runs);

}  // namespace causal_gym

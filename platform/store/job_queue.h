// The table of jobs; part of the store over SQL. Each call is to be made within a transaction, and
// those that write to a job within one that has locked its run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "platform/store/database.h"
#include "platform/store/job_store.h"

namespace causal_gym {

// A job of the run's owner. Errors: unavailable (too many wait), invalid_argument (its priority).
[[nodiscard]] Status insert_job(Database& database, std::int64_t experiment,
                                const JobOptions& options);

// The job whose turn it is: ready, and nobody's, or of a process of this machine that has ended;
// locked unless it is `only_look`, and none that another one has locked.
[[nodiscard]] Result<std::optional<Job>> next_job(Database& database, bool only_look);

// Jobs for the runs that servers of the version before were asked for. True: there are any.
[[nodiscard]] Result<bool> has_runs_to_adopt(Database& database);
[[nodiscard]] Status adopt_runs(Database& database);

// How often it has failed now; it is ready again after a pause. Errors: not_found.
[[nodiscard]] Result<std::int64_t> count_failure(Database& database, std::int64_t experiment);
// Whoever worked on it was not heard of any more: how often that was since the last event.
[[nodiscard]] Result<std::int64_t> count_crash(Database& database, std::int64_t experiment);
// An event of it was stored. Does nothing for a run that is no job.
[[nodiscard]] Status forget_crashes(Database& database, std::int64_t experiment);
// Ready at once, no failures counted. Errors: not_found.
[[nodiscard]] Status set_paused(Database& database, std::int64_t experiment, bool paused);
// Errors: not_found, invalid_argument.
[[nodiscard]] Status set_priority(Database& database, std::int64_t experiment,
                                  std::int64_t priority);

[[nodiscard]] Result<JobCounts> read_job_counts(Database& database);

}  // namespace causal_gym

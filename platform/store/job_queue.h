// The table of jobs; part of the store over SQL. Each call is to be made within a transaction, and
// those that write to a job within one that has locked its run. Rows are locked in the order runs,
// jobs, workers, so that no two wait for each other.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "platform/store/database.h"
#include "platform/store/job_store.h"
#include "platform/store/run_claims.h"

namespace causal_gym {

// A job of the run's owner. Errors: unavailable (too many wait), invalid_argument (its priority).
[[nodiscard]] Status insert_job(Database& database, std::int64_t experiment,
                                const JobOptions& options);

[[nodiscard]] Result<bool> has_ready_job(Database& database);
// Claims the jobs whose turn it is, but for those that another one has locked.
[[nodiscard]] Result<std::vector<Job>> claim_ready_jobs(Database& database, std::size_t most,
                                                        const ClaimHolder& holder);
// Runs of jobs whose lease has run out, or whose process was of this machine and has ended.
[[nodiscard]] Result<std::vector<RunId>> deserted_runs(Database& database);

// What the version before has left: runs that servers were asked for without a job, and jobs that
// nobody has and that do not wait. True: there are any.
[[nodiscard]] Result<bool> has_runs_to_adopt(Database& database);
[[nodiscard]] Status adopt_runs(Database& database);

// How often it has failed now; it is ready again after a pause. Errors: not_found.
[[nodiscard]] Result<std::int64_t> count_failure(Database& database, std::int64_t experiment);
// Whoever worked on it was not heard of any more: how often that was since it last got on.
[[nodiscard]] Result<std::int64_t> count_crash(Database& database, std::int64_t experiment);
// An event of it was stored. Does nothing for a run that is no job.
[[nodiscard]] Status forget_crashes(Database& database, std::int64_t experiment);
// As above, of a reply of a language model.
[[nodiscard]] Status forget_crashes_of(Database& database, std::string_view run);
// It waits for whoever claims it next.
[[nodiscard]] Status put_into_queue(Database& database, std::int64_t experiment);
// Nobody claims it: its run has ended. Does nothing for a run that is no job.
[[nodiscard]] Status take_out_of_queue(Database& database, std::int64_t experiment);
// Ready at once, nothing counted; or for nobody. Errors: not_found.
[[nodiscard]] Status set_paused(Database& database, std::int64_t experiment, bool paused);
// Errors: not_found, invalid_argument.
[[nodiscard]] Status set_priority(Database& database, std::int64_t experiment,
                                  std::int64_t priority);

[[nodiscard]] Result<JobCounts> read_job_counts(Database& database);
// Seconds, of those that wait for their first turn; 0: there is none.
[[nodiscard]] Result<std::int64_t> read_oldest_wait(Database& database);
// Nothing: the run is no job, or not there.
[[nodiscard]] Result<std::optional<JobPlace>> read_job_place(Database& database,
                                                             std::string_view run);

}  // namespace causal_gym

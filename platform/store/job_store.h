// A store of runs that is a queue too: jobs are runs that whoever has time carries out.
//
// A job waits while its run is `running` and nobody's lease of it lives; taking it is claiming the
// run, so that all that is said of claims (run_store.h) holds of jobs: a worker that was stopped
// past its lease is refused, and how a run ended and that its job is done are one fact.
// A run of many episodes is divided into shards: whoever takes its job shares it with those who
// have nothing else to do, and ends it when all are done. An episode comes to the same wherever it
// is played, so that any division over any workers gives the same run. Next is, within the highest
// priority, the job whose owner has had the fewest turns since they had to wait, then the oldest.
// Cost: of claiming n jobs O(n) and a few round trips, however many wait; once a second, or when
// none is ready, O(jobs under way) besides.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gym/experiment/run_store.h"

namespace causal_gym {

inline constexpr std::size_t waiting_jobs_limit = 10'000;
inline constexpr std::size_t jobs_claim_limit = 1'000;   // at once
inline constexpr std::int64_t job_failures_limit = 3;    // then the run has failed
inline constexpr std::int64_t job_crashes_limit = 5;     // since it last got on: then too
inline constexpr std::int64_t job_priority_limit = 100;  // and no less than -100
inline constexpr std::int64_t job_retry_seconds = 1;     // doubled with each failure

struct JobOptions {
  std::string trace_id = {};  // of who asked for it; 32 hexadecimal digits or empty
  std::int64_t priority = 0;
  bool in_shards = true;  // whether several workers may play parts of it at once
};

struct Job {
  RunId run;
  std::string trace_id;
  std::int64_t taking = 0;  // the number of this taking of the run
  friend bool operator==(const Job&, const Job&) = default;
};

// Some of a run's episodes, leased to a thread of a store, which plays them beside others.
struct Shard {
  RunId run;
  std::string trace_id;
  EpisodeRange range;
  std::int64_t run_taking = 0;  // of the run by whoever shares it
  std::int64_t taking = 0;      // of the shard
  friend bool operator==(const Shard&, const Shard&) = default;
};

// What a run's holder is given of its shards.
struct ShardOffer {
  std::optional<Shard> shard = {};  // absent: there is none for which there is nobody
  std::int64_t shards = 0;          // 0: the run is played whole
  std::int64_t open = 0;            // that are not done, with this one
  std::int64_t episodes = 0;        // of all of them
};

// How many jobs there are, of whomever.
struct JobCounts {
  std::size_t waiting = 0;
  std::size_t running = 0;
  std::size_t paused = 0;
  friend bool operator==(const JobCounts&, const JobCounts&) = default;
};

// How a job stands in the queue, while its run has not ended.
struct JobPlace {
  std::int64_t priority = 0;
  bool paused = false;
  friend bool operator==(const JobPlace&, const JobPlace&) = default;
};
using JobPlaces = std::map<RunId, JobPlace>;

// Errors beside those named: unavailable.
class JobStore : public RunStore {
 public:
  // The run, that nobody has claimed yet, and its job. Errors: those of create_run; unavailable
  // (waiting_jobs_limit jobs wait); invalid_argument (a priority out of range).
  [[nodiscard]] virtual Status create_job(const NewRun& run, const JobOptions& options) = 0;
  // Claims the runs of the next jobs for this store and thread, in the order of their turns; fewer
  // than `most` when not so many are ready. One whose worker was not heard of any more waits again
  // and has crashed once more; the last time makes its run failed instead. Errors:
  // invalid_argument (most is 0, or over jobs_claim_limit).
  [[nodiscard]] virtual Result<std::vector<Job>> take_jobs(std::size_t most) = 0;
  // It is the calling thread that carries out a job that another one has taken.
  virtual void begin_job(const Job& job) = 0;
  // Counts a failure of a job that this store has taken and lets go of it: it is tried again
  // later, until the last failure makes its run failed, with the reason. True: it was the last.
  // Errors: not_found (no job), conflict (another store works on it, or it has ended).
  [[nodiscard]] virtual Result<bool> put_back_job(const RunId& run, const std::string& reason) = 0;
  [[nodiscard]] virtual Result<JobCounts> count_jobs() = 0;
  // Seconds since the oldest of the jobs that wait for their first turn was put in; 0: none waits.
  [[nodiscard]] virtual Result<std::int64_t> oldest_wait() = 0;
  // Of those of the runs that are jobs, also of those that have ended. Cost: a statement for each.
  [[nodiscard]] virtual Result<JobPlaces> find_jobs(std::span<const RunId> runs) = 0;
  // The next shard of a run that the calling thread holds and from now on shares; append_events and
  // finish_episode of that thread are of the shard until it ends it. A thread has one shard: taking
  // another lets go of the one before. Errors: not_found, conflict (another store works on it).
  [[nodiscard]] virtual Result<ShardOffer> take_shard_of(const RunId& run) = 0;
  // The same of any run that another thread shares, the one whose turn it is.
  [[nodiscard]] virtual Result<std::optional<Shard>> take_any_shard() = 0;
  // Ends the calling thread's shard: it is done, or somebody else's to go on with. Errors: conflict
  // (done: not all of its episodes are finished, or it was taken away).
  [[nodiscard]] virtual Status end_shard(const Shard& shard, bool done) = 0;
  // The three that follow take the run from whoever works on it, whose next write is refused.
  // Ends the run as cancelled. Errors: not_found (no run), conflict (it is finished).
  [[nodiscard]] virtual Status cancel_job(const RunId& run) = 0;
  // Nobody takes it until it is resumed. Errors: not_found (no job), conflict (it has ended).
  [[nodiscard]] virtual Status pause_job(const RunId& run) = 0;
  // A paused, failed or cancelled one is ready again, with nothing counted. Errors: not_found
  // (no job), conflict (it is finished).
  [[nodiscard]] virtual Status resume_job(const RunId& run) = 0;
  // Its turn among those that wait; whoever works on it goes on. Errors: not_found (no job),
  // conflict (it has ended), invalid_argument (a priority out of range).
  [[nodiscard]] virtual Status set_job_priority(const RunId& run, std::int64_t priority) = 0;
};

}  // namespace causal_gym

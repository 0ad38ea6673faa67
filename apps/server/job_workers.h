// Threads that take runs from the queue of a store, for all that have nothing to do at once, and
// carry them out, each one after the other.
//
// Whatever goes wrong with the store in the middle, a run goes on from its last stored event once
// the store is well; what else goes wrong is tried again a few times. A run that another one has
// taken over, cancelled or paused is left. Who finds no run in the queue helps with the shards of
// those under way. Cost: one look into the queue a second while it is empty.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "apps/server/model_runs.h"
#include "platform/store/job_store.h"
#include "platform/telemetry/log.h"

namespace causal_gym {

struct JobWorkersOptions {
  std::size_t concurrency = 1;  // threads; 0: nothing is carried out here
  bool drain = false;           // a thread ends when no run waits
  ModelSurroundings models = {};
};

class JobWorkers {
 public:
  // They work until they are destroyed, or have drained the queue. Store and logger outlive them.
  JobWorkers(JobStore& store, Logger& logger, const JobWorkersOptions& options);
  // Stops at the next request to an agent; what is not finished is anybody's to go on with.
  ~JobWorkers();
  JobWorkers(const JobWorkers&) = delete;
  JobWorkers& operator=(const JobWorkers&) = delete;

  // There is something new in the queue.
  void wake();
  // How many runs are carried out here now.
  [[nodiscard]] std::size_t running() const { return running_; }
  // Every thread has ended, since nothing was left.
  [[nodiscard]] bool have_drained() const { return at_work_ == 0; }

 private:
  // How a failed run is told to the operator.
  struct FailedEnd {
    LogLevel level = LogLevel::error;
    const char* event = "run_failed";
  };
  void work();
  // Of those taken, or of the queue: as many are taken at once as threads have nothing to do.
  [[nodiscard]] Result<std::optional<Job>> next_job();
  // True when a draining thread may end.
  [[nodiscard]] bool is_nothing_left();
  void carry_out(const Job& job);
  // One try; false when it is to be tried again.
  [[nodiscard]] bool try_to_carry_out(const Job& job);
  // Tells how the try ended; false when it is to be tried again.
  [[nodiscard]] bool tell_end(const Job& job, const Result<std::int64_t>& episodes);
  // The same of one that is not to be tried again, told as `end`; false when the store could not be
  // told.
  [[nodiscard]] bool end_failed(const Job& job, const Error& error, const FailedEnd& end);
  // Plays the run to its end, together with whoever helps; how many episodes it has.
  [[nodiscard]] Result<std::int64_t> play(const Job& job, const ExperimentOptions& options);
  [[nodiscard]] Status play_shard(const Shard& shard, ExperimentOptions options);
  // The same of one that another thread shares, with what it takes to play it.
  [[nodiscard]] Status play_shard_of_others(const Shard& shard);
  // Plays a part of a run that another thread, here or elsewhere, holds. False: there is none.
  [[nodiscard]] bool help();
  [[nodiscard]] ExperimentOptions experiment_options() const;
  // False when the store could not be told.
  [[nodiscard]] bool let_go(const Job& job, const Error& error);
  // What the store said to the end of a try; false when it could not be told.
  [[nodiscard]] bool is_told(const Job& job, const std::optional<Error>& refusal);
  // Returns early when something is new, or when it stops.
  void wait(std::chrono::milliseconds pause);
  [[nodiscard]] bool is_stopping() const { return stopping_.token().cancelled(); }

  JobStore& store_;
  Logger& logger_;
  const JobWorkersOptions options_;
  CancellationSource stopping_;
  std::mutex looking_;     // one thread looks into the queue for all
  std::deque<Job> taken_;  // and not begun; guarded by it
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_new_ = false;  // since a thread began to look into the queue
  std::atomic<std::size_t> running_ = 0;
  std::atomic<std::size_t> at_work_;
  std::vector<std::thread> threads_;
};

}  // namespace causal_gym

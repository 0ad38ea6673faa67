// Runs that were asked for over HTTP: put into the queue of the store, and carried out by this
// server or any other one, one after the other, beside the requests.
//
// A run is stored before its id is given out. Whatever goes wrong with the store in the middle, the
// run goes on from its last stored event once the store is well; what else goes wrong is tried
// again a few times. A run that another one has taken over, cancelled or paused is left.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "platform/store/job_store.h"
#include "platform/telemetry/clock.h"
#include "platform/telemetry/log.h"

namespace causal_gym {

class RunLauncher {
 public:
  // Works until it is destroyed. Store, clock and logger outlive it.
  RunLauncher(JobStore& store, const Clock& clock, Logger& logger);
  // Stops at the next request to an agent; what is not finished is anybody's to go on with.
  ~RunLauncher();
  RunLauncher(const RunLauncher&) = delete;
  RunLauncher& operator=(const RunLauncher&) = delete;

  // The id of the new run, which `before` is told before there is a run of it, and whose lines in
  // the log carry the trace of who asked for it. Errors: those of check_experiment, of `before`,
  // and of JobStore::create_job.
  [[nodiscard]] Result<RunId> launch(
      const ExperimentSpec& spec, const std::string& trace_id,
      const std::function<Status(const RunId&)>& before = [](const RunId&) { return Status(); });

  // How many runs it carries out now.
  [[nodiscard]] std::size_t running() const { return running_; }

 private:
  void work();
  void carry_out(const Job& job);
  // One try; false when it is to be tried again.
  [[nodiscard]] bool try_to_carry_out(const Job& job);
  // False when the store could not be told.
  [[nodiscard]] bool let_go(const Job& job, const Error& error);
  // Returns early when a run is launched here, or when it stops.
  void wait(std::chrono::milliseconds pause);
  [[nodiscard]] bool is_stopping() const { return stopping_.token().cancelled(); }

  JobStore& store_;
  const Clock& clock_;
  Logger& logger_;
  CancellationSource stopping_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_launched_ = false;  // since the last look into the queue
  std::atomic<std::size_t> running_ = 0;
  std::thread worker_;
};

}  // namespace causal_gym

// Runs that were asked for over HTTP: one after the other, beside the requests, stopped and resumed
// with the server.
//
// A run is stored before its id is given out. Its id begins with `server-`, so that a server that
// starts again, after a stop or a crash, finds what it had not finished and goes on from the last
// stored event. A run that another live server works on is left to it.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "gym/experiment/run_store.h"
#include "platform/telemetry/clock.h"
#include "platform/telemetry/log.h"

namespace causal_gym {

inline constexpr std::size_t waiting_runs_limit = 64;

class RunLauncher {
 public:
  // How many runs wait and how many are carried out, each time that it changes; must be quick.
  using Observer = std::function<void(std::size_t waiting, std::size_t running)>;

  // Queues the unfinished runs of an earlier server, then works until it is destroyed. Store, clock
  // and logger outlive it.
  RunLauncher(RunStore& store, const Clock& clock, Logger& logger, Observer observer);
  // Stops at the next request to an agent; what is not finished stays resumable.
  ~RunLauncher();
  RunLauncher(const RunLauncher&) = delete;
  RunLauncher& operator=(const RunLauncher&) = delete;

  // The id of the new run, which `before` is told before there is a run of it, and whose lines in
  // the log carry the trace of who asked for it, until the server starts again. Errors: those of
  // check_experiment and of `before`; unavailable when waiting_runs_limit runs are waiting.
  [[nodiscard]] Result<RunId> launch(
      const ExperimentSpec& spec, const std::string& trace_id,
      const std::function<Status(const RunId&)>& before = [](const RunId&) { return Status(); });

 private:
  struct Waiting {
    RunId id;
    std::string trace_id;
  };
  void queue_unfinished();
  void work();
  void carry_out(const Waiting& waiting);
  void observe() const;  // with the mutex held

  RunStore& store_;
  const Clock& clock_;
  Logger& logger_;
  const Observer observer_;
  CancellationSource stopping_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> waiting_;
  std::size_t running_ = 0;
  std::thread worker_;
};

}  // namespace causal_gym

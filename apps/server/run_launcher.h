// Runs that were asked for over HTTP: put into the queue of the store, and carried out by this
// server's worker, beside the requests, or by any other one.
//
// A run is stored before its id is given out.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "apps/server/job_workers.h"
#include "platform/telemetry/clock.h"

namespace causal_gym {

// A request to launch a run.
struct LaunchRequest {
  ExperimentSpec spec;
  std::string trace_id = {};  // which the run's lines in the log carry
  // Of an asker who may ask again, not knowing whether it was heard: the same key of the same user
  // is the same run, on whichever server. 1 to 255 visible ASCII characters; empty: a new run.
  std::string idempotency_key = {};
  std::string user = {};           // an id; empty: everyone
  std::string model_options = {};  // of language models, which are allowed then
};

struct LaunchedRun {
  RunId id;
  RunState state = RunState::running;
  bool is_new = true;  // false: it was launched before, with this key
};

class RunLauncher {
 public:
  // Works until it is destroyed. Store, clock and logger outlive it.
  RunLauncher(JobStore& store, const Clock& clock, Logger& logger,
              const JobWorkersOptions& options = {});

  // `before` is told the id before there is a run of it, perhaps more than once with one key.
  // Errors: those of check_launched, of `before`, and of JobStore::create_job; invalid_argument
  // (the key), conflict (another experiment was launched with this key).
  [[nodiscard]] Result<LaunchedRun> launch(
      const LaunchRequest& request,
      const std::function<Status(const RunId&)>& before = [](const RunId&) { return Status(); });

  // How many runs this server carries out now.
  [[nodiscard]] std::size_t running() const { return workers_.running(); }

 private:
  // What was launched with the key before; nothing when that was not.
  [[nodiscard]] Result<std::optional<LaunchedRun>> launched_before(const RunId& id,
                                                                   const LaunchRequest& request);

  JobStore& store_;
  const Clock& clock_;
  JobWorkers workers_;
};

}  // namespace causal_gym

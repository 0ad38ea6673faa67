// Runs that were asked for over HTTP: put into the queue of the store, and carried out by this
// server's worker, beside the requests, or by any other one.
//
// A run is stored before its id is given out.
#pragma once

#include <functional>

#include "apps/server/job_workers.h"
#include "platform/telemetry/clock.h"

namespace causal_gym {

class RunLauncher {
 public:
  // Works until it is destroyed. Store, clock and logger outlive it.
  RunLauncher(JobStore& store, const Clock& clock, Logger& logger,
              const JobWorkersOptions& options = {});

  // The id of the new run, which `before` is told before there is a run of it, and whose lines in
  // the log carry the trace of who asked for it. Errors: those of check_experiment, of `before`,
  // and of JobStore::create_job.
  [[nodiscard]] Result<RunId> launch(
      const ExperimentSpec& spec, const std::string& trace_id,
      const std::function<Status(const RunId&)>& before = [](const RunId&) { return Status(); });

  // How many runs this server carries out now.
  [[nodiscard]] std::size_t running() const { return workers_.running(); }

 private:
  JobStore& store_;
  const Clock& clock_;
  JobWorkers workers_;
};

}  // namespace causal_gym

// A worker: carries out runs of the queue without serving anything, until it is told to stop.
#pragma once

#include "apps/server/job_workers.h"
#include "engine/base/cancellation.h"
#include "platform/config/read_configuration.h"

namespace causal_gym {

// `reading` has no errors. GET /metrics at work.metrics_port, where it is not 0. Works until `stop`
// is cancelled, then lets go of what is not finished at the next request to an agent; with `drain`
// also until no run waits. Logs to standard error. Returns a process exit code: 0; 8 when the
// database or the port cannot be had at the start, of which the database is waited for later; 2 for
// a wrong place of Redis.
[[nodiscard]] int work(const ConfigReading& reading, const JobWorkersOptions& options,
                       const CancellationToken& stop);

}  // namespace causal_gym

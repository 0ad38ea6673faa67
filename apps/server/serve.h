// The server: pages and HTTP API on one port, metrics on another, until it is told to stop.
#pragma once

#include "engine/base/cancellation.h"
#include "platform/config/read_configuration.h"

namespace causal_gym {

// `reading` has no errors. Listens and answers until `stop` is cancelled, then drains: requests in
// flight are finished, runs in progress are left resumable. Logs to standard error. Returns a
// process exit code: 0, or 8 when a port or the database is unavailable.
[[nodiscard]] int serve(const ConfigReading& reading, const CancellationToken& stop);

}  // namespace causal_gym

// run --replay: a run's report made anew from what was said on the wire, without any provider.
#pragma once

#include "apps/cli/experiment_driver.h"

namespace causal_gym {

// Reads the recorded replies again with today's readers, scores them, and prints the report that
// the run printed; says on standard error whether it is what is stored, or where it differs.
// Returns an exit code: that of a conflict when it differs. Nothing is sent and nothing is stored.
[[nodiscard]] int drive_replay(Shell& shell, const RunId& id, const DriverOptions& options);

}  // namespace causal_gym

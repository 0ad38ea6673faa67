// run --dry-run: what the language models of an experiment could cost at most, before it is run.
#pragma once

#include "apps/cli/experiment_driver.h"

namespace causal_gym {

// Prints the bounds as a table or as JSON; returns an exit code. Nothing is sent and nothing is
// stored.
[[nodiscard]] int drive_dry_run(Shell& shell, const ExperimentSpec& spec,
                                const DriverOptions& options);

}  // namespace causal_gym

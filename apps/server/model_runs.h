// Runs of the queue whose agents are language models: played as the command line plays them, with
// each exchange on record before it counts, so that whoever goes on asks nothing a second time.
#pragma once

#include <string>

#include "platform/config/configuration.h"
#include "platform/store/job_store.h"
#include "platform/telemetry/log.h"
#include "platform/telemetry/metrics.h"

namespace causal_gym {

// All outlive the runs.
struct ModelSurroundings {
  std::string database = {};  // of the store, where exchanges are kept
  Configuration::Models allowed = {};
  Metrics* metrics = nullptr;
};

struct ModelRunEnd {
  Result<std::int64_t> episodes;  // how many the run has
  // A budget, a provider, or what this program is told of it stopped the run: it has failed, until
  // somebody asks for it again.
  bool has_failed = false;
};

// Plays the run, which the calling thread holds, to its end. What the operator allows holds now,
// whenever it was launched. A run that somebody cancels or pauses is left within two seconds, and
// the calls that are under way are broken off.
[[nodiscard]] ModelRunEnd play_with_models(JobStore& store, const Job& job, const RunSummary& run,
                                           const ModelSurroundings& surroundings, Logger& logger,
                                           const CancellationToken& stopping);

}  // namespace causal_gym

// Runs of the queue whose agents are language models: played as the command line plays them, with
// each exchange on record before it counts, so that whoever goes on asks nothing a second time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "platform/cache/cache.h"
#include "platform/cache/redis_connection.h"
#include "platform/config/configuration.h"
#include "platform/llm/shared_pace.h"
#include "platform/models/model_agents.h"
#include "platform/store/job_store.h"
#include "platform/telemetry/log.h"
#include "platform/telemetry/metrics.h"

namespace causal_gym {

// All outlive the runs.
struct ModelSurroundings {
  std::string database = {};  // of the store, where exchanges are kept
  Configuration::Models allowed = {};
  std::int64_t lease_seconds = 30;  // of what is reserved of a run's budgets
  Metrics* metrics = nullptr;
  std::shared_ptr<Redis> redis = {};  // none: this process shares nothing through it
  std::shared_ptr<SharedPace> pace = {};
  std::shared_ptr<Cache> replies = {};
};
// Clock and metrics outlive what they are given to. Errors: invalid_argument (the place of Redis).
[[nodiscard]] Result<ModelSurroundings> model_surroundings(const Configuration& config,
                                                           const Clock& clock, Metrics& metrics);

// Why a run cannot be begun, or what stopped it.
struct ModelRunEnd {
  Error error;
  // A budget, a provider, or what this program is told of it stopped the run: it has failed, until
  // somebody asks for it again.
  bool has_failed = false;
};

// What it takes to play a run, or a part of it, whose agents are language models. A run that
// somebody cancels or pauses is left within two seconds, and the calls that are under way are
// broken off.
class ModelRun {
 public:
  // The calling thread holds the run or a shard of it. What the operator allows holds now, whenever
  // it was launched.
  [[nodiscard]] static tl::expected<std::unique_ptr<ModelRun>, ModelRunEnd> begin(
      JobStore& store, const std::string& trace_id, const RunSummary& run,
      const ModelSurroundings& surroundings, Logger& logger, const CancellationToken& stopping);
  ~ModelRun();
  ModelRun(const ModelRun&) = delete;
  ModelRun& operator=(const ModelRun&) = delete;

  // To play with.
  [[nodiscard]] ExperimentOptions experiment_options() const;
  // Of an error of playing: whether the models were what stopped it.
  [[nodiscard]] bool has_failed(const Error& error) const;
  // It was a budget of the run's, as whoever launched it wanted.
  [[nodiscard]] bool is_at_its_budget(const Error& error) const;

 private:
  class Stop;
  ModelRun(std::unique_ptr<Stop> stop, std::unique_ptr<ModelAgents> models);

  std::unique_ptr<Stop> stop_;
  std::unique_ptr<ModelAgents> models_;  // last: its calls are broken off by what stands above
};

}  // namespace causal_gym

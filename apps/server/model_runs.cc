#include "apps/server/model_runs.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "apps/server/model_launch.h"
#include "platform/llm/chat_telemetry.h"
#include "platform/llm/trusted_authorities.h"
#include "platform/models/model_agents.h"
#include "platform/models/model_prices.h"

namespace causal_gym {

namespace {

using namespace std::chrono_literals;

constexpr auto stop_interval = 50ms;
constexpr int stops_a_look = 20;  // into the store

// Cancels its token when the program stops, or the run is not to go on.
class RunStop {
 public:
  RunStop(JobStore& store, RunId run, CancellationToken stopping)
      : store_(store),
        run_(std::move(run)),
        stopping_(std::move(stopping)),
        thread_([this] { watch(); }) {}
  ~RunStop() {
    {
      const std::lock_guard lock(mutex_);
      is_over_ = true;
      changed_.notify_all();
    }
    thread_.join();
  }
  RunStop(const RunStop&) = delete;
  RunStop& operator=(const RunStop&) = delete;

  [[nodiscard]] CancellationToken token() const { return source_.token(); }

 private:
  void watch() {
    for (int count = 1;; ++count) {
      {
        std::unique_lock lock(mutex_);
        if (changed_.wait_for(lock, stop_interval, [this] { return is_over_; })) return;
      }
      if (stopping_.cancelled() || (count % stops_a_look == 0 && is_to_end())) source_.cancel();
    }
  }
  [[nodiscard]] bool is_to_end() const {
    const auto run = store_.load_episodes(run_, {0, 0});
    return run && run->summary.state != RunState::running;
  }

  JobStore& store_;
  const RunId run_;
  const CancellationToken stopping_;
  CancellationSource source_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_over_ = false;
  std::thread thread_;  // last: it uses what stands above
};

// What waiting does not mend: files that cannot be read, models that may not be asked any more.
Status check_ready(const ModelOptions& options, const ExperimentSpec& spec,
                   const Configuration::Models& allowed) {
  CAUSAL_GYM_CHECKED(check_models_allowed(spec, allowed.allowed));
  CAUSAL_GYM_CHECKED(model_prices(options.prices));
  CAUSAL_GYM_CHECKED(trusted_authorities(system_sources(), options.ca_file));
  return {};
}

// Of what else is wrong before anything is asked, the database alone may be well again soon.
ModelRunEnd not_begun(const Error& error) {
  return {fail(error), error.code != ErrorCode::unavailable && error.code != ErrorCode::cancelled};
}

// An error of the store is for whoever holds the run; what the models were stopped by is not.
bool is_of_models(const Error& error, const ModelAgents& models) {
  switch (error.code) {
    case ErrorCode::unavailable: return models.was_put_off();
    case ErrorCode::limit_exceeded:
    case ErrorCode::unauthorized: return true;
    case ErrorCode::not_found: return models.was_put_off();
    default: return false;
  }
}

}  // namespace

ModelRunEnd play_with_models(JobStore& store, const Job& job, const RunSummary& run,
                             const ModelSurroundings& surroundings, Logger& logger,
                             const CancellationToken& stopping) {
  auto options = read_model_options(run.model_options);
  if (!options) return {fail(options.error()), true};
  options->prices = surroundings.allowed.prices;
  if (const auto ready = check_ready(*options, run.spec, surroundings.allowed); !ready)
    return {fail(ready.error()), true};
  // Keys and prompts go where they went.
  if (const auto same =
          check_addresses(*options, run.spec, run.id, surroundings.database, /*may_move=*/false);
      !same)
    return not_begun(same.error());
  const RunStop stop(store, run.id, stopping);
  ModelTelemetry telemetry{&logger};
  if (surroundings.metrics != nullptr)
    telemetry.observer = attempts_told_to(*surroundings.metrics, logger, job.trace_id);
  const auto models = ModelAgents::start(*options, run.spec, run.id, surroundings.database,
                                         stop.token(), telemetry);
  if (!models) return not_begun(models.error());
  ExperimentOptions experiment;
  experiment.cancellation = stop.token();
  (*models)->join(experiment);
  const auto results = go_on_with_run(store, run.id, experiment);
  if (results) return {static_cast<std::int64_t>(results->size())};
  return {fail(results.error()), is_of_models(results.error(), **models)};
}

}  // namespace causal_gym

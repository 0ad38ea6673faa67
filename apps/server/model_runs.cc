#include "apps/server/model_runs.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "apps/server/model_launch.h"
#include "platform/cache/redis_cache.h"
#include "platform/llm/chat_telemetry.h"
#include "platform/llm/redis_pace.h"
#include "platform/llm/trusted_authorities.h"
#include "platform/models/kept_replies.h"
#include "platform/models/model_agents.h"
#include "platform/models/model_prices.h"

namespace causal_gym {

namespace {

using namespace std::chrono_literals;

constexpr auto stop_interval = 50ms;
constexpr int stops_a_look = 20;  // into the store

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
  return {error, error.code != ErrorCode::unavailable && error.code != ErrorCode::cancelled};
}

}  // namespace

// Cancels its token when the program stops, or the run is not to go on.
class ModelRun::Stop {
 public:
  Stop(JobStore& store, RunId run, CancellationToken stopping)
      : store_(store),
        run_(std::move(run)),
        stopping_(std::move(stopping)),
        thread_([this] { watch(); }) {}
  ~Stop() {
    {
      const std::lock_guard lock(mutex_);
      is_over_ = true;
      changed_.notify_all();
    }
    thread_.join();
  }
  Stop(const Stop&) = delete;
  Stop& operator=(const Stop&) = delete;

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

Result<ModelSurroundings> model_surroundings(const Configuration& config, const Clock& clock,
                                             Metrics& metrics) {
  ModelSurroundings made = {config.database.url, config.models, config.work.lease_seconds,
                            &metrics};
  if (config.redis.url.empty()) return made;
  CAUSAL_GYM_TRY(address, read_redis_address(config.redis.url));
  made.redis = std::make_shared<Redis>(std::move(address), clock, pace_redis_limits);
  made.pace = make_redis_pace(*made.redis, {.width = {.most = default_max_connections}});
  made.replies = std::make_shared<RedisCache>(
      *made.redis, kept_replies_prefix,
      CacheLimits{.lifetime = std::chrono::days(static_cast<int>(default_cache_days))});
  return made;
}

ModelRun::ModelRun(std::unique_ptr<Stop> stop, std::unique_ptr<ModelAgents> models)
    : stop_(std::move(stop)), models_(std::move(models)) {}

ModelRun::~ModelRun() = default;

tl::expected<std::unique_ptr<ModelRun>, ModelRunEnd> ModelRun::begin(
    JobStore& store, const std::string& trace_id, const RunSummary& run,
    const ModelSurroundings& surroundings, Logger& logger, const CancellationToken& stopping) {
  const auto failed = [](const Error& error) {
    return tl::unexpected(ModelRunEnd{error, /*has_failed=*/true});
  };
  auto options = read_model_options(run.model_options);
  if (!options) return failed(options.error());
  options->prices = surroundings.allowed.prices;
  if (const auto ready = check_ready(*options, run.spec, surroundings.allowed); !ready)
    return failed(ready.error());
  // Keys and prompts go where they went.
  if (const auto same =
          check_addresses(*options, run.spec, run.id, surroundings.database, /*may_move=*/false);
      !same)
    return tl::unexpected(not_begun(same.error()));
  auto stop = std::make_unique<Stop>(store, run.id, stopping);
  ModelTelemetry telemetry{&logger};
  if (surroundings.metrics != nullptr)
    telemetry.observer = attempts_told_to(*surroundings.metrics, logger, trace_id);
  auto models = ModelAgents::start(
      *options, run.spec, run.id, surroundings.database, stop->token(), telemetry,
      {surroundings.lease_seconds, surroundings.pace.get(), surroundings.replies.get()});
  if (!models) return tl::unexpected(not_begun(models.error()));
  return std::unique_ptr<ModelRun>(new ModelRun(std::move(stop), *std::move(models)));
}

ExperimentOptions ModelRun::experiment_options() const {
  ExperimentOptions experiment;
  experiment.cancellation = stop_->token();
  models_->join(experiment);
  return experiment;
}

// An error of the store is for whoever holds the run; what the models were stopped by is not.
bool ModelRun::has_failed(const Error& error) const {
  switch (error.code) {
    case ErrorCode::unavailable: return models_->was_put_off();
    case ErrorCode::limit_exceeded:
    case ErrorCode::unauthorized: return true;
    case ErrorCode::not_found: return models_->was_put_off();
    default: return false;
  }
}

bool ModelRun::is_at_its_budget(const Error& error) const {
  return error.code == ErrorCode::limit_exceeded && models_->is_at_its_budget();
}

}  // namespace causal_gym

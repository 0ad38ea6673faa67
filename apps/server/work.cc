#include "apps/server/work.h"

#include <chrono>
#include <string_view>
#include <thread>

#include "apps/server/counting_store.h"
#include "apps/server/metrics_server.h"
#include "platform/store/database_target.h"
#include "platform/store/open_store.h"

namespace causal_gym {

namespace {

constexpr int exit_unavailable = 8;
constexpr int exit_wrong_configuration = 2;
constexpr std::chrono::milliseconds stop_poll_interval{50};

int not_started(Logger& logger, const Error& error, int exit_code) {
  logger.write(LogLevel::critical, "not_started",
               {{"error", std::string_view(error.message)},
                {"suggestion", std::string_view(error.suggestion)}});
  return exit_code;
}

}  // namespace

int work(const ConfigReading& reading, const JobWorkersOptions& options,
         const CancellationToken& stop) {
  const auto& config = reading.values;
  const SystemClock clock;
  Logger logger(find_log_level(config.log.level).value_or(LogLevel::info), clock);
  DatabaseOptions database_options;
  database_options.lease_seconds = config.work.lease_seconds;
  const auto opened = open_store(config.database.url, database_options);
  if (!opened) return not_started(logger, opened.error(), exit_unavailable);
  Metrics metrics({CAUSAL_GYM_VERSION, __VERSION__}, metric_names());
  CountingStore store(**opened, clock, metrics, logger);
  const auto models = model_surroundings(config, clock, metrics);
  if (!models) return not_started(logger, models.error(), exit_wrong_configuration);
  const auto database = without_password(config.database.url);
  {
    auto with_models = options;
    with_models.models = *models;
    const JobWorkers workers(store, logger, with_models);
    std::unique_ptr<HttpServer> measured;
    if (config.work.metrics_port != 0) {
      auto started = start_metrics_server(config, config.work.metrics_port, metrics, [&] {
        measure_queue(**opened, metrics);
        metrics.set_active(workers.running());
      });
      if (!started) return not_started(logger, started.error(), exit_unavailable);
      measured = *std::move(started);
    }
    logger.write(LogLevel::info, "working",
                 {{"database", std::string_view(database)},
                  {"concurrency", static_cast<std::int64_t>(options.concurrency)},
                  {"drain", options.drain},
                  {"metrics_port", std::int64_t{config.work.metrics_port}},
                  {"version", std::string_view(CAUSAL_GYM_VERSION)}});
    while (!stop.cancelled() && !workers.have_drained())
      std::this_thread::sleep_for(stop_poll_interval);
  }
  logger.write(LogLevel::info, "stopped", {{"told_to", stop.cancelled()}});
  return 0;
}

}  // namespace causal_gym

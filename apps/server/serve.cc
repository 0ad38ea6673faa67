#include "apps/server/serve.h"

#include <algorithm>
#include <thread>

#include "apps/server/access.h"
#include "apps/server/counting_store.h"
#include "apps/server/hashing_lane.h"
#include "apps/server/metrics_server.h"
#include "apps/server/quick_answers.h"
#include "apps/server/routes.h"
#include "apps/server/self_check.h"
#include "platform/http/http_server.h"
#include "platform/http/open_files.h"
#include "platform/store/open_store.h"
#include "platform/telemetry/request_log.h"

namespace causal_gym {

namespace {

constexpr std::size_t other_files = 256;  // of databases, the log, and what calls out
constexpr std::size_t fewest_connections = 16;

// Its parts are asked much more rarely.
constexpr std::chrono::milliseconds health_kept{20};

constexpr int exit_unavailable = 8;
constexpr std::chrono::milliseconds stop_poll_interval{50};

std::chrono::nanoseconds duration_of(double seconds) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>(seconds));
}

int refuse(Logger& logger, const Error& error) {
  logger.write(LogLevel::critical, "not_started",
               {{"error", std::string_view(error.message)},
                {"suggestion", std::string_view(error.suggestion)}});
  return exit_unavailable;
}

// Which file was read and which variables and flags; no value.
void tell_sources(Logger& logger, const ConfigReading& reading) {
  for (const auto& warning : reading.warnings)
    logger.write(LogLevel::warn, "configuration_warning", {{"what", ForeignText{warning}}});
  std::string variables, flags;
  for (const auto& [source, place] : reading.origins) {
    if (source != ConfigSource::environment && source != ConfigSource::flag) continue;
    auto& list = source == ConfigSource::flag ? flags : variables;
    if (!list.empty()) list += ' ';
    list += place;
  }
  logger.write(LogLevel::info, "configuration",
               {{"file", ForeignText{reading.file}},
                {"variables", ForeignText{variables}},
                {"flags", ForeignText{flags}}});
}

void tell_access(Logger& logger, const Access& access) {
  const bool is_on = access.accounts != nullptr;
  logger.write(LogLevel::info, "access", {{"on", is_on}, {"why", std::string_view(access.why)}});
  if (!is_on) return;
  const auto users = access.store->list_users();
  if (users && users->empty())
    logger.write(LogLevel::warn, "nobody_can_sign_in",
                 {{"next", "causal-gym users add NAME --role admin"}});
}

void tell_second_factors(Logger& logger, const Access& access) {
  if (!access.accounts) return;
  const auto& factors = access.accounts->second_factors();
  const auto not_opened = factors.count_not_opened();
  if (!not_opened || *not_opened == 0) return;
  logger.write(LogLevel::error, "second_factors_not_opened",
               {{"users", static_cast<std::int64_t>(*not_opened)},
                {"any_key", factors.may_be_added()},
                {"what",
                 "no key of auth.second_factor_key opens what their devices were enrolled "
                 "with: no code of theirs is taken"},
                {"next",
                 "add the key again, or for each: causal-gym users reset-second-factor "
                 "NAME"}});
}

void tell_listening(Logger& logger, const Configuration& config, const HttpServer& pages,
                    const HttpServer& measured) {
  const auto database = without_password(config.database.url);
  logger.write(LogLevel::info, "listening",
               {{"address", std::string_view(config.server.address)},
                {"port", std::int64_t{pages.port()}},
                {"metrics_port", std::int64_t{measured.port()}},
                {"database", std::string_view(database)},
                {"version", std::string_view(CAUSAL_GYM_VERSION)}});
}

// Not more than there may be open files.
std::size_t connections_of(const Configuration& config, Logger& logger) {
  const auto wanted = config.limits.connections;
  const auto allowed = allow_open_files(wanted + other_files);
  if (allowed >= wanted + other_files) return wanted;
  const auto left = std::max(fewest_connections, allowed - std::min(allowed, other_files));
  logger.write(LogLevel::warn, "fewer_connections",
               {{"connections", static_cast<std::int64_t>(left)},
                {"wanted", static_cast<std::int64_t>(wanted)},
                {"open_files", static_cast<std::int64_t>(allowed)},
                {"next", "raise the hard limit of open files (ulimit -Hn, LimitNOFILE)"}});
  return left;
}

ServerOptions page_server_options(const Configuration& config, std::size_t connections,
                                  const RequestLog& log, Logger& logger, Metrics& metrics) {
  ServerOptions options;
  options.address = config.server.address;
  options.port = config.server.port;
  options.threads = config.server.threads;
  options.workers = config.server.workers;
  options.limits.body_bytes = config.limits.body_bytes;
  options.limits.received_bytes =
      std::max(options.limits.received_bytes, 2 * config.limits.body_bytes);
  options.limits.connections = connections;
  options.limits.streams = std::min(config.limits.event_streams, connections - 1);
  options.timeouts.handle = std::chrono::duration_cast<std::chrono::milliseconds>(
      duration_of(config.limits.request_seconds));
  options.observer = [&log, &metrics](const HttpExchange& exchange, std::string& lines) {
    metrics.count_http(exchange.method, exchange.status, exchange.duration);
    log.add({exchange.request_id, exchange.trace_id, exchange.method, exchange.path,
             exchange.remote, exchange.caller, exchange.route, exchange.status,
             static_cast<std::int64_t>(exchange.request_body_bytes),
             static_cast<std::int64_t>(exchange.response_body_bytes), exchange.duration},
            lines);
  };
  options.write_lines = [&logger](std::string_view lines) { logger.write_lines(lines); };
  return options;
}

QuickHandler quick_handler(ServerParts& parts, const Gate& gate) {
  return first_of(quick_answers(health_routes(parts), parts.clock, health_kept),
                  quick_operations(parts, gate));
}

std::vector<HealthPart> all_health_parts(const Configuration& config, RunReader& store,
                                         const Clock& clock, Metrics& metrics, Logger& logger) {
  auto parts = health_parts(store);
  SelfCheckOptions options;
  options.between = std::chrono::duration_cast<std::chrono::milliseconds>(
      duration_of(config.health.self_check_seconds));
  parts.push_back(self_check_part(options, clock, metrics, logger));
  return parts;
}

// Sets what is measured only when somebody asks.
std::function<void()> refresh_of(Metrics& metrics, JobStore& store, const RunLauncher& launcher) {
  return [&metrics, &store, &launcher] {
    measure_queue(store, metrics);
    metrics.set_active(launcher.running());
  };
}

JobWorkersOptions job_options(const Configuration& config, const ModelSurroundings& models) {
  return {.concurrency = config.work.in_server ? 1U : 0U, .models = models};
}

}  // namespace

int serve(const ConfigReading& reading, const CancellationToken& stop) {
  const auto& config = reading.values;
  const SystemClock clock;
  const auto level = find_log_level(config.log.level);
  Logger logger(level ? *level : LogLevel::info, clock);
  if (!level) return refuse(logger, level.error());
  tell_sources(logger, reading);
  DatabaseOptions database_options;
  database_options.lease_seconds = config.work.lease_seconds;
  const auto opened = open_store(config.database.url, database_options);
  if (!opened) return refuse(logger, opened.error());
  const auto access = open_access(config, clock);
  if (!access) return refuse(logger, access.error());
  tell_access(logger, *access);
  tell_second_factors(logger, *access);

  Metrics metrics({CAUSAL_GYM_VERSION, __VERSION__}, metric_names());
  CountingStore store(**opened, clock, metrics, logger);
  const RequestLog log(logger, duration_of(config.log.slow_request_seconds));
  const auto models = model_surroundings(config, clock, metrics);
  if (!models) return refuse(logger, models.error());
  RunLauncher launcher(store, clock, logger, job_options(config, *models));
  const auto answers = AnswerCache::open(config, clock, metrics);
  if (!answers) return refuse(logger, answers.error());
  HealthWatch health(all_health_parts(config, **opened, clock, metrics, logger), clock);
  const auto progress = RunProgressReader::open(config.database.url);
  if (!progress) return refuse(logger, progress.error());
  const RunWatch watch([&progress](const RunId& run) { return progress->read(run); });
  const auto refresh = refresh_of(metrics, **opened, launcher);
  const OpsHistory history([&] {
    refresh();
    return read_ops_sample(metrics.collect(), clock.steady());
  });
  const StreamRights rights(may_see_runs(access->accounts.get()),
                            config.limits.event_streams_per_user);
  ServerParts parts{config, clock, store, launcher, metrics, **answers, health, watch, rights};
  parts.accounts = access->accounts.get();
  parts.cors = access->gate.cors;
  parts.history = &history;
  const Gate gate(access->gate, parts.accounts, *access->rates, store);
  auto page_options =
      page_server_options(config, connections_of(config, logger), log, logger, metrics);
  page_options.quick_handler = quick_handler(parts, gate);
  auto routes = all_routes(parts);
  if (parts.accounts != nullptr) page_options.side_lane.takes = hashing_requests(routes);
  const auto pages = HttpServer::start(std::move(page_options), gate.handler(std::move(routes)));
  if (!pages) return refuse(logger, pages.error());
  const auto measured = start_metrics_server(config, config.metrics.port, metrics, refresh);
  if (!measured) return refuse(logger, measured.error());
  tell_listening(logger, config, **pages, **measured);

  while (!stop.cancelled()) std::this_thread::sleep_for(stop_poll_interval);
  logger.write(LogLevel::info, "stopping");
  parts.draining = true;
  const auto drain = std::chrono::duration_cast<std::chrono::milliseconds>(
      duration_of(config.server.drain_seconds));
  const bool drained = (*pages)->stop(drain);
  logger.write(LogLevel::info, "stopped", {{"all_requests_finished", drained}});
  return 0;
}

}  // namespace causal_gym

#include "apps/server/metrics_server.h"

#include <chrono>
#include <utility>

#include "apps/server/routes.h"

namespace causal_gym {

namespace {

constexpr std::size_t most_connections = 64;

}  // namespace

Result<std::unique_ptr<HttpServer>> start_metrics_server(const Configuration& config,
                                                         std::uint16_t port, const Metrics& metrics,
                                                         std::function<void()> refresh) {
  ServerOptions options;
  options.address = config.metrics.address.empty() ? config.server.address : config.metrics.address;
  options.port = port;
  options.workers = 1;
  options.limits.connections = most_connections;
  return HttpServer::start(std::move(options), Router(metrics_routes(metrics, std::move(refresh))));
}

void measure_queue(JobStore& store, Metrics& metrics) {
  if (const auto jobs = store.count_jobs())
    metrics.set_queue(jobs->waiting, jobs->running, jobs->paused);
  if (const auto wait = store.oldest_wait()) metrics.set_oldest_job(std::chrono::seconds(*wait));
}

}  // namespace causal_gym

// The server's routes: pages, operations, runs and health, as one table over plain handlers.
#pragma once

#include <atomic>
#include <vector>

#include "apps/server/answer_cache.h"
#include "apps/server/health.h"
#include "apps/server/run_launcher.h"
#include "platform/config/configuration.h"
#include "platform/http/router.h"
#include "platform/telemetry/metrics.h"

namespace causal_gym {

// What handlers share; outlives the routes.
struct ServerParts {
  const Configuration& config;
  const Clock& clock;
  RunStore& store;
  RunLauncher& launcher;
  Metrics& metrics;
  AnswerCache& answers;
  HealthWatch& health;
  std::atomic<bool> draining = false;  // true: not ready for new work
};

[[nodiscard]] std::vector<Route> page_routes(ServerParts& parts);
[[nodiscard]] std::vector<Route> api_routes(ServerParts& parts);
// /health, /live and /ready; also as /health/live and /health/ready. Their answers take no time.
[[nodiscard]] std::vector<Route> health_routes(ServerParts& parts);
[[nodiscard]] std::vector<Route> metrics_routes(const Metrics& metrics);

// page_routes, api_routes, mcp_routes, health_routes and reference_routes.
[[nodiscard]] std::vector<Route> all_routes(ServerParts& parts);

}  // namespace causal_gym

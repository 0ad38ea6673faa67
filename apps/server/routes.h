// The server's routes: pages, operations, runs and health, as one table over plain handlers.
#pragma once

#include <atomic>
#include <functional>
#include <vector>

#include "apps/server/answer_cache.h"
#include "apps/server/health.h"
#include "apps/server/html.h"
#include "apps/server/ops_history.h"
#include "apps/server/run_launcher.h"
#include "apps/server/run_watch.h"
#include "apps/server/server_route.h"
#include "apps/server/stream_rights.h"
#include "platform/config/configuration.h"
#include "platform/http/cors.h"
#include "platform/http/router.h"
#include "platform/http/server_options.h"
#include "platform/telemetry/metrics.h"

namespace causal_gym {

class Gate;

// What handlers share; outlives the routes.
struct ServerParts {
  const Configuration& config;
  const Clock& clock;
  JobStore& store;
  RunLauncher& launcher;
  Metrics& metrics;
  AnswerCache& answers;
  HealthWatch& health;
  const RunWatch& watch;
  const StreamRights& rights;
  std::atomic<bool> draining = false;   // true: not ready for new work
  Accounts* accounts = nullptr;         // null: access is off
  CorsPolicy cors = {};                 // pages of other sites that may use the API
  const OpsHistory* history = nullptr;  // null: none is kept
};

// Who looks at a page: the person who is signed in, with the token of their forms, and whether they
// may see how the server is.
[[nodiscard]] Visitor visitor_of(const Call& call);

[[nodiscard]] std::vector<ServerRoute> page_routes(ServerParts& parts);
// /runs/{id}, and the forms of that page.
[[nodiscard]] std::vector<ServerRoute> run_page_routes(ServerParts& parts);
[[nodiscard]] std::vector<ServerRoute> sign_in_routes(ServerParts& parts);
[[nodiscard]] std::vector<ServerRoute> api_routes(ServerParts& parts);
// Sign-in, users, keys, sharing and the audit log, under /api/v1.
[[nodiscard]] std::vector<ServerRoute> account_routes(ServerParts& parts);
// /api/v1/runs/{id}/cancel, pause, retry and priority.
[[nodiscard]] std::vector<ServerRoute> run_change_routes(ServerParts& parts);
// /health, /live and /ready; also as /health/live and /health/ready. Their answers take no time and
// are the same for everyone.
[[nodiscard]] std::vector<Route> health_routes(ServerParts& parts);
// Operations whose answers this process keeps, which take no time: behind the gate, as ever. Every
// other request is left to the handler; with access on all are, as who asks is looked up in a
// database. Parts and gate outlive it.
[[nodiscard]] QuickHandler quick_operations(ServerParts& parts, const Gate& gate);
// `refresh` sets what is measured only when somebody asks.
[[nodiscard]] std::vector<Route> metrics_routes(
    const Metrics& metrics, std::function<void()> refresh = [] {});

// All of them but the metrics.
[[nodiscard]] std::vector<ServerRoute> all_routes(ServerParts& parts);

}  // namespace causal_gym

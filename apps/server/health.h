// Is the server well? Each part is asked, with its latency.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "gym/experiment/run_store.h"
#include "platform/telemetry/clock.h"

namespace causal_gym {

struct HealthCheck {
  std::string name;  // "engine", "store"
  bool passed = false;
  std::string message;  // why not; empty when it passed
  std::chrono::nanoseconds latency{0};
};

struct Health {
  std::vector<HealthCheck> checks;
  std::chrono::nanoseconds uptime{0};
};

// The engine answers a question whose answer is known; the store lists a run.
[[nodiscard]] Health check_health(RunStore& store, const Clock& clock,
                                  std::chrono::nanoseconds started);

// healthy: every check passed; degraded: the engine answers but the store does not; unhealthy: the
// engine is wrong.
[[nodiscard]] std::string_view health_status(const Health& health);

// {"status","version","uptime_seconds","checks": {name: {"status","latency_ms"[,"message"]}}}
[[nodiscard]] nlohmann::json health_json(const Health& health);

}  // namespace causal_gym

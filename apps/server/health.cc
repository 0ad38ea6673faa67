#include "apps/server/health.h"

#include <cmath>

#include "engine/ask.h"
#include "gym/environments/registry.h"

namespace causal_gym {

namespace {

// 0.7 is the value the environment states for this question.
Status check_engine() {
  CAUSAL_GYM_TRY(environment, find_environment("sprinkler-v1"));
  CAUSAL_GYM_TRY(query, parse_query("P(slippery | do(sprinkler=on))"));
  CAUSAL_GYM_TRY(value, ask_value(environment->model, {}, query));
  if (std::abs(value - 0.7) > 1e-9)
    return fail(ErrorCode::unavailable,
                "a question whose answer is 0.7 was answered with " + std::to_string(value));
  return {};
}

Status check_store(RunStore& store) {
  const auto listing = store.list_runs(1, std::nullopt);
  return listing ? Status() : fail(listing.error());
}

HealthCheck timed(const char* name, const Clock& clock, const std::function<Status()>& check) {
  const Stopwatch stopwatch(clock);
  const auto status = check();
  return {name, status.has_value(), status ? std::string() : error_text(status.error()),
          stopwatch.elapsed()};
}

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

Health check_health(RunStore& store, const Clock& clock, std::chrono::nanoseconds started) {
  return {{timed("engine", clock, check_engine),
           timed("store", clock, [&] { return check_store(store); })},
          clock.steady() - started};
}

std::string_view health_status(const Health& health) {
  std::string_view status = "healthy";
  for (const auto& check : health.checks)
    if (!check.passed) {
      if (check.name == "engine") return "unhealthy";
      status = "degraded";
    }
  return status;
}

nlohmann::json health_json(const Health& health) {
  nlohmann::json checks = nlohmann::json::object();
  for (const auto& check : health.checks) {
    checks[check.name] = {{"status", check.passed ? "healthy" : "unhealthy"},
                          {"latency_ms", 1000 * seconds(check.latency)}};
    if (!check.passed) checks[check.name]["message"] = check.message;
  }
  return {{"status", health_status(health)},
          {"version", CAUSAL_GYM_VERSION},
          {"uptime_seconds", seconds(health.uptime)},
          {"checks", std::move(checks)}};
}

}  // namespace causal_gym

#include "apps/server/health.h"

#include <cmath>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

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

Status check_store(RunReader& store) {
  const auto listing = store.list_runs(1, std::nullopt);
  return listing ? Status() : fail(listing.error());
}

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

std::vector<HealthPart> health_parts(RunReader& store) {
  return {{"engine", true, check_engine},
          {"store", false, [&store] { return check_store(store); }}};
}

struct HealthWatch::Watched {
  Watched(HealthPart its_part, const Clock& its_clock, HealthTimes its_times)
      : part(std::move(its_part)), clock(its_clock), times(its_times) {
    thread = std::thread([this] { run(); });
  }
  ~Watched() {
    {
      const std::lock_guard lock(mutex);
      ending = true;
      changed.notify_all();
    }
    thread.join();
  }

  void run() {
    std::unique_lock lock(mutex);
    while (!ending) {
      asked = clock.steady();
      lock.unlock();
      const Stopwatch stopwatch(clock);
      const auto status = part.check();
      HealthCheck answer = {part.name, part.critical, status.has_value(),
                            status ? std::string() : error_text(status.error()),
                            stopwatch.elapsed()};
      lock.lock();
      last = std::move(answer);
      asked.reset();
      changed.notify_all();
      changed.wait_for(lock, times.between, [this] { return ending; });
    }
  }

  void wait_for_first() {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, times.deadline, [this] { return last.has_value(); });
  }

  [[nodiscard]] HealthCheck check() {
    const std::lock_guard lock(mutex);
    const auto silent = asked ? clock.steady() - *asked : std::chrono::nanoseconds(0);
    if (last && silent <= times.deadline) return *last;
    return {
        part.name, part.critical, false,
        "no answer for " + std::to_string(static_cast<std::int64_t>(1e3 * seconds(silent))) + " ms",
        silent};
  }

  const HealthPart part;
  const Clock& clock;
  const HealthTimes times;
  std::mutex mutex;
  std::condition_variable changed;
  bool ending = false;                            // guarded by the mutex, as what follows
  std::optional<std::chrono::nanoseconds> asked;  // when the question under way was asked
  std::optional<HealthCheck> last;
  std::thread thread;
};

HealthWatch::HealthWatch(std::vector<HealthPart> parts, const Clock& clock, HealthTimes times)
    : clock_(clock), started_(clock.steady()) {
  watched_.reserve(parts.size());
  for (auto& part : parts) {
    const auto its_times = part.times.value_or(times);
    watched_.push_back(std::make_unique<Watched>(std::move(part), clock, its_times));
  }
  for (const auto& each : watched_) each->wait_for_first();
}

HealthWatch::~HealthWatch() = default;

Health HealthWatch::health() const {
  Health health;
  health.uptime = clock_.steady() - started_;
  for (const auto& each : watched_) health.checks.push_back(each->check());
  return health;
}

std::string_view health_status(const Health& health) {
  std::string_view status = "healthy";
  for (const auto& check : health.checks)
    if (!check.passed) {
      if (check.critical) return "unhealthy";
      status = "degraded";
    }
  return status;
}

nlohmann::json health_json(const Health& health) {
  nlohmann::json checks = nlohmann::json::object();
  for (const auto& check : health.checks) {
    checks[check.name] = {{"status", check.passed ? "healthy" : "unhealthy"},
                          {"latency_ms", 1000 * seconds(check.latency)},
                          {"critical", check.critical}};
    if (!check.passed) checks[check.name]["message"] = check.message;
  }
  return {{"status", health_status(health)},
          {"version", CAUSAL_GYM_VERSION},
          {"uptime_seconds", seconds(health.uptime)},
          {"checks", std::move(checks)}};
}

}  // namespace causal_gym

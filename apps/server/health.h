// Is the server well? Each part is asked again and again, beside the requests, so that whoever asks
// for the server's health gets what is known at once: neither a part that hangs nor a flood of
// questions reaches the other.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gym/experiment/run_store.h"
#include "platform/telemetry/clock.h"

namespace causal_gym {

struct HealthCheck {
  std::string name;       // "engine", "store"
  bool critical = false;  // without it nothing can be answered
  bool passed = false;
  std::string message;  // why not; empty when it passed
  std::chrono::nanoseconds latency{0};
};

struct Health {
  std::vector<HealthCheck> checks;
  std::chrono::nanoseconds uptime{0};
};

struct HealthTimes {
  std::chrono::milliseconds between{1'000};   // an answer and the next question
  std::chrono::milliseconds deadline{2'000};  // a part that is silent for longer is not well
};

// A part of the server and the question that it is asked, from a thread of its own.
struct HealthPart {
  std::string name;
  bool critical = false;
  std::function<Status()> check;
  std::optional<HealthTimes> times = {};  // none: those of the watch
};

// The engine, which answers a question whose answer is known, and is critical; the store, which
// lists a run. The store outlives them.
[[nodiscard]] std::vector<HealthPart> health_parts(RunReader& store);

class HealthWatch {
 public:
  // Asks each part at once; returns when all have answered or the deadline is over. The clock
  // outlives it.
  HealthWatch(std::vector<HealthPart> parts, const Clock& clock, HealthTimes times = {});
  // Waits for the questions under way.
  ~HealthWatch();
  HealthWatch(const HealthWatch&) = delete;
  HealthWatch& operator=(const HealthWatch&) = delete;

  // What each part answered last, at most its `between` and the answer's own time ago. Never waits
  // for a part. Safe from any thread.
  [[nodiscard]] Health health() const;

 private:
  struct Watched;
  const Clock& clock_;
  const std::chrono::nanoseconds started_;
  std::vector<std::unique_ptr<Watched>> watched_;
};

// healthy: every check passed; unhealthy: a critical one did not; degraded: another one did not.
[[nodiscard]] std::string_view health_status(const Health& health);

// {"status","version","uptime_seconds","checks": {name: {"status","latency_ms","critical"
// [,"message"]}}}
[[nodiscard]] nlohmann::json health_json(const Health& health);

}  // namespace causal_gym

// The server's check of its own causal accuracy: the questions of known_answers.h again and again,
// as a part of its health that is critical (who gives wrong answers is to give none), as
// causal_self_check_ratio, and in the log as an error.
#pragma once

#include <span>

#include "apps/server/health.h"
#include "apps/server/known_answers.h"
#include "platform/telemetry/log.h"
#include "platform/telemetry/metrics.h"

namespace causal_gym {

struct SelfCheckOptions {
  std::span<const KnownAnswer> answers = known_answers();
  std::chrono::milliseconds between{60'000};
};

// "self_check", which a HealthWatch asks from a thread of its own. What is referred to outlives it.
[[nodiscard]] HealthPart self_check_part(const SelfCheckOptions& options, const Clock& clock,
                                         Metrics& metrics, Logger& logger);

}  // namespace causal_gym

// The page /ops: health and the last hour of this server, drawn from its own metrics, so that
// nothing else need be up to see them. Without script; the browser loads it again now and then.
// Pure.
#pragma once

#include <span>
#include <string>

#include "apps/server/health.h"
#include "apps/server/html.h"
#include "apps/server/ops_sample.h"

namespace causal_gym {

inline constexpr int ops_refresh_seconds = 30;

struct OpsView {
  std::span<const OpsSample> samples;  // oldest first
  std::chrono::nanoseconds now{0};     // of their clock
  const Health& health;
  std::string server;     // its name among others, for people
  bool refreshes = true;  // it is loaded again by itself
  const Visitor& visitor;
};

[[nodiscard]] std::string ops_page(const OpsView& view);

}  // namespace causal_gym

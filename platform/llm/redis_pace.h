// The pace of requests to providers that all replicas share, in Redis: so many under way at a time,
// fewer after each wave of 429s, more after successes, none until a provider's retry-after is over.
// A Redis that is dead, stalled, full or flushed lets every request go out.
//
// Source: as width.h; each call is one Lua script, which Redis runs as one step, by its own clock.
// Keys are digests: addresses are not kept there. Cost: a round trip a call; of a Redis that does
// not answer, pace_redis_limits once a pause.
#pragma once

#include <memory>

#include "platform/cache/redis_connection.h"
#include "platform/llm/shared_pace.h"
#include "platform/llm/width.h"

namespace causal_gym {

// The thread that asks has nothing else to do for requests, which take seconds.
inline constexpr RedisLimits pace_redis_limits = {.connect = std::chrono::milliseconds(100),
                                                  .command = std::chrono::milliseconds(100)};

struct RedisPaceOptions {
  WidthOptions width = {};    // of all replicas together
  double lease_seconds = 15;  // of a place that nobody renews
  double full_seconds = 0.1;  // until it is asked again for a place, when there is none
};

// Redis outlives it.
[[nodiscard]] std::unique_ptr<SharedPace> make_redis_pace(Redis& redis,
                                                          const RedisPaceOptions& options = {});

}  // namespace causal_gym

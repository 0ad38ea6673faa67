// Rates and lock-outs that all replicas share, in Redis. Each replica also remembers its own, and
// what that refuses is refused without asking: a Redis that is dead, stalled, full or flushed makes
// the limits those of each replica, at once, and neither refuses nor holds up anybody.
//
// Source: as rate_state.h; each call is one Lua script, which Redis runs as one step, by Redis's
// own clock. Keys are digests: neither names nor addresses are kept there.
// Cost: a round trip a call that is not refused; of a Redis that does not answer, rate_redis_limits
// once a pause.
#pragma once

#include <memory>

#include "platform/auth/rate_state.h"
#include "platform/cache/redis_connection.h"

namespace causal_gym {

// Less than a cache waits: a request waits for it, whatever it asks.
inline constexpr RedisLimits rate_redis_limits = {.connect = std::chrono::milliseconds(50),
                                                  .command = std::chrono::milliseconds(25)};

// Redis outlives it. `own` is what this replica remembers by itself.
[[nodiscard]] std::unique_ptr<RateState> make_redis_rate_state(Redis& redis,
                                                               std::unique_ptr<RateState> own);

}  // namespace causal_gym

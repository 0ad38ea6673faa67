#include "platform/llm/redis_pace.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <string>
#include <string_view>

#include "platform/cache/cache_key.h"

namespace causal_gym {

namespace {

// The form of what is kept, which builds of a rolling upgrade share.
constexpr std::string_view key_prefix = "causal-gym:pace:1:";
constexpr double microseconds_a_second = 1e6;

// KEYS: what is known of the lane, a hash; its places, by when their lease is over.
// Microseconds to wait, 0 when the request has its place. ARGV: the request, the most places, the
// lease and the wait when all are taken in microseconds.
constexpr std::string_view enter_script = R"(
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local most, lease, full = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local kept = redis.call('HMGET', KEYS[1], 'limit', 'shut')
local limit, shut = tonumber(kept[1]) or most, tonumber(kept[2]) or 0
if shut > now then return shut - now end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now))
if redis.call('ZCARD', KEYS[2]) >= math.min(limit, most) and
   not redis.call('ZSCORE', KEYS[2], ARGV[1]) then return full end
redis.call('ZADD', KEYS[2], string.format('%.0f', now + lease), ARGV[1])
redis.call('PEXPIRE', KEYS[2], string.format('%.0f', math.ceil(lease / 1000) + 1000))
return 0
)";

// ARGV: the request, the news, the wait in microseconds, the most places, the cut, the cooldown in
// microseconds.
constexpr std::string_view leave_script = R"(
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local news, wait = ARGV[2], tonumber(ARGV[3])
local most, cut, cooldown = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
redis.call('ZREM', KEYS[2], ARGV[1])
if news == 'nothing' then return 0 end
local kept = redis.call('HMGET', KEYS[1], 'limit', 'successes', 'no_cut', 'no_growth', 'shut')
local limit, successes = math.min(tonumber(kept[1]) or most, most), tonumber(kept[2]) or 0
local no_cut, no_growth = tonumber(kept[3]) or 0, tonumber(kept[4]) or 0
local shut = tonumber(kept[5]) or 0
if news == 'answered' then
  if now >= no_growth and limit < most then
    successes = successes + 1
    if successes >= limit then limit, successes = limit + 1, 0 end
  end
else
  successes = 0
  no_growth = math.max(no_growth, now + cooldown)
  if news == 'limited' then
    if now >= no_cut then
      no_cut = now + cooldown
      limit = math.max(1, math.floor(limit * cut))
    end
    shut = math.max(shut, now + wait)
  end
end
redis.call('HSET', KEYS[1], 'limit', limit, 'successes', successes,
           'no_cut', string.format('%.0f', no_cut), 'no_growth', string.format('%.0f', no_growth),
           'shut', string.format('%.0f', shut))
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', 600000 + math.ceil(wait / 1000)))
return 0
)";

// ARGV: the request, the lease in microseconds.
constexpr std::string_view renew_script = R"(
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local lease = tonumber(ARGV[2])
redis.call('ZADD', KEYS[2], 'XX', string.format('%.0f', now + lease), ARGV[1])
redis.call('PEXPIRE', KEYS[2], string.format('%.0f', math.ceil(lease / 1000) + 1000))
return 0
)";

std::string_view name_of(PaceNews news) {
  switch (news) {
    case PaceNews::nothing: return "nothing";
    case PaceNews::answered: return "answered";
    case PaceNews::limited: return "limited";
    case PaceNews::troubled: return "troubled";
  }
  return "nothing";
}

std::string microseconds(double seconds) {
  return fmt::format("{:.0f}", std::ceil(seconds * microseconds_a_second));
}

class RedisPace final : public SharedPace {
 public:
  RedisPace(Redis& redis, const RedisPaceOptions& options) : redis_(redis), options_(options) {}

  double enter(const PaceTicket& ticket) override {
    const Keys keys(ticket.lane);
    const auto reply =
        redis_.command({"EVAL", enter_script, "2", keys.lane, keys.places, ticket.request,
                        std::to_string(options_.width.most), microseconds(options_.lease_seconds),
                        microseconds(options_.full_seconds)});
    const auto* wait = reply ? std::get_if<std::int64_t>(&*reply) : nullptr;
    if (wait == nullptr || *wait <= 0) return 0;
    return static_cast<double>(*wait) / microseconds_a_second;
  }

  void leave(const PaceTicket& ticket, PaceNews news, double wait_seconds) override {
    const Keys keys(ticket.lane);
    static_cast<void>(redis_.command({"EVAL", leave_script, "2", keys.lane, keys.places,
                                      ticket.request, name_of(news), microseconds(wait_seconds),
                                      std::to_string(options_.width.most),
                                      fmt::format("{:.17g}", options_.width.cut),
                                      microseconds(options_.width.cooldown_seconds)}));
  }

  void renew(const PaceTicket& ticket) override {
    const Keys keys(ticket.lane);
    static_cast<void>(redis_.command({"EVAL", renew_script, "2", keys.lane, keys.places,
                                      ticket.request, microseconds(options_.lease_seconds)}));
  }

 private:
  // In braces: a cluster keeps the two at one place.
  struct Keys {
    explicit Keys(const std::string& name)
        : lane(fmt::format("{}{{{}}}", key_prefix, cache_key({name}))), places(lane + ":places") {}
    std::string lane;
    std::string places;
  };

  Redis& redis_;
  const RedisPaceOptions options_;
};

}  // namespace

std::unique_ptr<SharedPace> make_redis_pace(Redis& redis, const RedisPaceOptions& options) {
  return std::make_unique<RedisPace>(redis, options);
}

}  // namespace causal_gym

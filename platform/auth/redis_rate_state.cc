#include "platform/auth/redis_rate_state.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "platform/cache/cache_key.h"

namespace causal_gym {

namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

// The form of what is kept, which builds of a rolling upgrade share.
constexpr std::string_view key_prefix = "causal-gym:rate:1:";

// Microseconds until there is a token, 0 when one was taken. ARGV: capacity, tokens a second.
constexpr std::string_view take_script = R"(
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local capacity, rate = tonumber(ARGV[1]), tonumber(ARGV[2])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(kept[1]), tonumber(kept[2])
if tokens and at then
  tokens = math.min(capacity, tokens + math.max(0, now - at) * rate / 1000000)
else
  tokens = capacity
end
local wait = 0
if tokens >= 1 then
  tokens = tokens - 1
else
  wait = math.max(1, math.ceil((1 - tokens) / rate * 1000000))
end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.17g', tokens),
           'at', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.ceil(capacity / rate * 1000) + 1000))
return wait
)";

// Microseconds for which the key is locked, 0 when the attempt was counted.
// ARGV: free, first, longest, memory, the last three in microseconds.
constexpr std::string_view attempt_script = R"(
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local free, first, longest, memory =
  tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local kept = redis.call('HMGET', KEYS[1], 'count', 'last', 'locked')
local count, last, locked = tonumber(kept[1]) or 0, tonumber(kept[2]) or 0, tonumber(kept[3]) or 0
if locked > now then return locked - now end
if now - last > memory then count = 0 end
count = count + 1
locked = 0
if count > free then
  locked = now + math.min(first * 2 ^ math.min(count - free - 1, 30), longest)
end
redis.call('HSET', KEYS[1], 'count', count, 'last', string.format('%.0f', now), 'locked',
           string.format('%.0f', locked))
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.ceil((memory + longest) / 1000) + 1000))
return 0
)";

constexpr std::string_view take_back_script = R"(
local count = tonumber(redis.call('HGET', KEYS[1], 'count'))
if count then redis.call('HSET', KEYS[1], 'count', math.max(0, count - 1), 'locked', 0) end
return 0
)";

class RedisRateState final : public RateState {
 public:
  RedisRateState(Redis& redis, std::unique_ptr<RateState> own)
      : redis_(redis), own_(std::move(own)) {}

  nanoseconds take(const std::string& key, const Bucket& bucket) override {
    if (const auto wait = own_->take(key, bucket); wait.count() > 0) return wait;
    const auto kept = key_of("rate", key);
    return wait_of(redis_.command({"EVAL", take_script, "1", kept,
                                   fmt::format("{:.17g}", bucket.capacity),
                                   fmt::format("{:.17g}", bucket.per_second)}))
        .value_or(nanoseconds(0));
  }

  nanoseconds attempt(const std::string& key, const LockOut& policy) override {
    if (const auto wait = own_->attempt(key, policy); wait.count() > 0) return wait;
    const auto kept = key_of("lock", key);
    const auto wait = wait_of(redis_.command({"EVAL", attempt_script, "1", kept,
                                              std::to_string(policy.free), text_of(policy.first),
                                              text_of(policy.longest), text_of(policy.memory)}))
                          .value_or(nanoseconds(0));
    if (wait.count() > 0) own_->take_back(key);  // it is not made
    return wait;
  }

  void take_back(const std::string& key) override {
    own_->take_back(key);
    const auto kept = key_of("lock", key);
    static_cast<void>(redis_.command({"EVAL", take_back_script, "1", kept}));
  }

  void forget(const std::string& key) override {
    own_->forget(key);
    const auto kept = key_of("lock", key);
    static_cast<void>(redis_.command({"DEL", kept}));
  }

 private:
  static std::string key_of(std::string_view kind, const std::string& key) {
    return std::string(key_prefix) + cache_key({kind, key});
  }
  static std::string text_of(std::chrono::seconds time) {
    return std::to_string(microseconds(time).count());
  }
  // Nothing: it did not answer, or not with a time.
  static std::optional<nanoseconds> wait_of(const std::optional<RedisReply>& reply) {
    if (!reply) return std::nullopt;
    const auto* number = std::get_if<std::int64_t>(&*reply);
    if (number == nullptr || *number < 0) return std::nullopt;
    return duration_cast<nanoseconds>(microseconds(*number));
  }

  Redis& redis_;
  std::unique_ptr<RateState> own_;
};

}  // namespace

std::unique_ptr<RateState> make_redis_rate_state(Redis& redis, std::unique_ptr<RateState> own) {
  return std::make_unique<RedisRateState>(redis, std::move(own));
}

}  // namespace causal_gym

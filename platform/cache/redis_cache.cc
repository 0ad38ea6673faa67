#include "platform/cache/redis_cache.h"

#include "platform/cache/cache_key.h"

namespace causal_gym {

namespace {

// Of the key too: a value that was renamed is another's.
std::string seal_of(const std::string& key, std::string_view value) {
  return cache_key({key, value});
}

}  // namespace

RedisCache::RedisCache(Redis& redis, std::string prefix, const CacheLimits& limits)
    : redis_(redis), prefix_(std::move(prefix)), limits_(limits) {}

std::optional<std::string> RedisCache::find(const std::string& key) {
  auto reply = redis_.command({"GET", prefix_ + key});
  auto* const sealed = reply ? std::get_if<std::string>(&*reply) : nullptr;
  if (sealed == nullptr || sealed->size() < cache_key_digits) return std::nullopt;
  const std::string_view value = std::string_view(*sealed).substr(cache_key_digits);
  if (!sealed->starts_with(seal_of(key, value))) return std::nullopt;
  return std::string(value);
}

void RedisCache::keep(const std::string& key, const std::string& value) {
  if (value.size() > limits_.value_bytes) return;
  static_cast<void>(redis_.command({"SET", prefix_ + key, seal_of(key, value) + value, "EX",
                                    std::to_string(limits_.lifetime.count())}));
}

}  // namespace causal_gym

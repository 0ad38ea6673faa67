// Values in Redis, which all replicas share. Its end, its loss of keys, its slowness or its being
// full cost time and nothing else; a value that was cut, changed or put there by something else is
// not found.
// Cost: a round trip a call.
#pragma once

#include "platform/cache/cache.h"
#include "platform/cache/redis_connection.h"

namespace causal_gym {

class RedisCache final : public Cache {
 public:
  // Keys begin with `prefix`. Redis outlives it.
  RedisCache(Redis& redis, std::string prefix, const CacheLimits& limits = {});

  [[nodiscard]] std::optional<std::string> find(const std::string& key) override;
  void keep(const std::string& key, const std::string& value) override;

 private:
  Redis& redis_;
  const std::string prefix_;
  const CacheLimits limits_;
};

}  // namespace causal_gym

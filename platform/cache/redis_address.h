// Where a Redis server is: "redis://[user[:password]@]host[:port][/database]", as redis-cli's -u.
// Source: RFC 3986; the scheme "redis" of IANA's list.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace causal_gym {

struct RedisAddress {
  std::string host;
  std::uint16_t port = 6379;
  std::string user = {};      // empty: the default user
  std::string password = {};  // never shown
  int database = 0;
  friend bool operator==(const RedisAddress&, const RedisAddress&) = default;

  // "host:port/0": without user and password.
  [[nodiscard]] std::string text() const;
};

// User and password may be percent-encoded. Errors: invalid_argument, which says what is wrong and
// shows no password.
[[nodiscard]] Result<RedisAddress> read_redis_address(std::string_view url);

}  // namespace causal_gym

// One connection to Redis, commands with time limits, and a pool of them that stays away from a
// server that does not answer.
//
// Source: the RESP2 protocol through hiredis. Cost: a round trip a command; a dead server costs one
// time limit per pause, and pauses double from 100 ms to 5 s.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "platform/cache/redis_address.h"
#include "platform/telemetry/clock.h"

struct redisContext;

namespace causal_gym {

// What Redis said: nothing there, a whole number, a text (statuses too), or that it refuses.
struct RedisRefusal {
  std::string message;
};
using RedisReply = std::variant<std::monostate, std::int64_t, std::string, RedisRefusal>;

struct RedisLimits {
  std::chrono::milliseconds connect{200};
  std::chrono::milliseconds command{100};
  std::size_t connections = 8;  // kept open for the next command
  std::chrono::milliseconds shortest_pause{100};
  std::chrono::milliseconds longest_pause{5'000};
};

// Safe from any thread.
class Redis {
 public:
  using Words = std::initializer_list<std::string_view>;

  // Connects at the first command. The clock outlives it.
  Redis(RedisAddress address, const Clock& clock, const RedisLimits& limits = {});
  ~Redis();
  Redis(const Redis&) = delete;
  Redis& operator=(const Redis&) = delete;

  // Nothing: it did not answer in time, broke the protocol, or is left alone for now.
  [[nodiscard]] std::optional<RedisReply> command(Words words);
  [[nodiscard]] const RedisAddress& address() const { return address_; }

 private:
  struct Close {
    void operator()(redisContext* context) const;
  };
  using Connection = std::unique_ptr<redisContext, Close>;

  [[nodiscard]] Connection connect() const;
  [[nodiscard]] Connection take();
  void give_back(Connection connection);
  [[nodiscard]] bool may_try();
  void failed();

  const RedisAddress address_;
  const Clock& clock_;
  const RedisLimits limits_;
  std::mutex mutex_;
  std::vector<Connection> idle_;
  std::chrono::nanoseconds pause_{0};  // how long the last one was; zero: it answers
  std::chrono::nanoseconds away_until_{0};
};

}  // namespace causal_gym

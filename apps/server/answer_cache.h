// Answers to operations, found again by the bytes of the request: in this process, and in Redis for
// all replicas of one build.
//
// Operations are functions of their request; only what reads the run store is not kept. An error is
// never kept. Cost: a hash of the request and a copy of the answer; a round trip more with Redis.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/cancellation.h"
#include "platform/cache/memory_cache.h"
#include "platform/cache/redis_cache.h"
#include "platform/cache/single_flight.h"
#include "platform/config/configuration.h"
#include "platform/telemetry/metrics.h"

namespace causal_gym {

class AnswerCache {
 public:
  // Clock and metrics outlive it. Errors: invalid_argument (the address of Redis).
  [[nodiscard]] static Result<std::unique_ptr<AnswerCache>> open(const Configuration& config,
                                                                 const Clock& clock,
                                                                 Metrics& metrics);

  // The answer to the operation's request: one that was kept, or what `work` gives, a line of JSON.
  [[nodiscard]] std::string answer(std::string_view operation, const std::string& request,
                                   const CancellationToken& cancellation,
                                   const std::function<std::string()>& work);

  // The answer, when this process keeps it: what takes no time. When it does not, answer() is the
  // look that counts.
  [[nodiscard]] std::optional<std::string> kept(std::string_view operation,
                                                const std::string& request);

 private:
  AnswerCache(const Configuration& config, const Clock& clock, Metrics& metrics);

  [[nodiscard]] std::optional<std::string> find(Cache& cache, std::string_view name,
                                                const std::string& key);
  [[nodiscard]] std::string find_far_or_work(const std::string& key,
                                             const std::function<std::string()>& work);

  const Clock& clock_;
  Metrics& metrics_;
  MemoryCache near_;
  std::unique_ptr<Redis> redis_;
  std::unique_ptr<RedisCache> far_;  // null: there is no Redis
  SingleFlight flights_;
};

// Is the answer, a line of JSON as handle_request_text gives it, an error?
[[nodiscard]] bool is_error_answer(std::string_view answer);

}  // namespace causal_gym

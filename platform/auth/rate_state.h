// What is remembered of how often somebody did something: token buckets that bound rates, and
// lock-outs that grow with each failure. A seam: one process remembers in memory; replicas may
// share it elsewhere.
//
// Source: token bucket as of RFC 2697 without colours. Cost: one hash look-up under a lock; memory
// bounded by a number of keys.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "platform/telemetry/clock.h"

namespace causal_gym {

struct Bucket {
  double capacity = 1;  // at once, after a pause
  double per_second = 1;
};

// After `free` attempts each further one locks for twice as long, up to `longest`; after `memory`
// without an attempt all is forgotten.
struct LockOut {
  int free = 5;
  std::chrono::seconds first{1};
  std::chrono::seconds longest{900};
  std::chrono::seconds memory{3'600};
};

// Safe from any thread; each call is atomic. Keys are the caller's: "sign-in user ada".
class RateState {
 public:
  virtual ~RateState() = default;
  // Takes one token: 0, or how long it is until there is one.
  [[nodiscard]] virtual std::chrono::nanoseconds take(const std::string& key,
                                                      const Bucket& bucket) = 0;
  // Counts one attempt before it is made, so that many at once do not all come through: 0, or for
  // how long the key is locked; then it is not counted.
  [[nodiscard]] virtual std::chrono::nanoseconds attempt(const std::string& key,
                                                         const LockOut& policy) = 0;
  // Takes one attempt back: it succeeded, but what went before it still counts.
  virtual void take_back(const std::string& key) = 0;
  // Forgets the attempts of the key.
  virtual void forget(const std::string& key) = 0;
};

inline constexpr std::size_t remembered_keys_limit = 65'536;

// Beyond `keys`, the key that was used longest ago is forgotten. The clock outlives it.
[[nodiscard]] std::unique_ptr<RateState> make_memory_rate_state(
    const Clock& clock, std::size_t keys = remembered_keys_limit);

}  // namespace causal_gym

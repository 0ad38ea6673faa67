// Values in the memory of this process: what was used least lately goes first.
// Cost: O(1) a call, under one lock.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <unordered_map>

#include "platform/cache/cache.h"
#include "platform/telemetry/clock.h"

namespace causal_gym {

class MemoryCache final : public Cache {
 public:
  // Holds at most `bytes` of keys and values. The clock outlives it.
  MemoryCache(std::size_t bytes, const Clock& clock, const CacheLimits& limits = {});

  [[nodiscard]] std::optional<std::string> find(const std::string& key) override;
  void keep(const std::string& key, const std::string& value) override;

  [[nodiscard]] std::size_t bytes() const;  // held now

 private:
  struct Entry {
    std::string key;
    std::string value;
    std::chrono::nanoseconds until{0};  // of the clock's steady time
  };
  using Entries = std::list<Entry>;

  void remove(Entries::iterator entry);

  const std::size_t most_bytes_;
  const Clock& clock_;
  const CacheLimits limits_;
  mutable std::mutex mutex_;
  Entries entries_;  // used last first
  std::unordered_map<std::string_view, Entries::iterator> by_key_;
  std::size_t bytes_ = 0;
};

}  // namespace causal_gym

// The seam to where answers are found again: in this process, or in Redis for all replicas. A cache
// is never truth: what it loses is computed again, and no call of it fails.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace causal_gym {

// What any cache takes.
struct CacheLimits {
  std::size_t value_bytes = 1 << 20;      // a larger value is not kept
  std::chrono::seconds lifetime{86'400};  // then it is found no more
};

// Safe from any thread.
class Cache {
 public:
  virtual ~Cache() = default;

  [[nodiscard]] virtual std::optional<std::string> find(const std::string& key) = 0;
  virtual void keep(const std::string& key, const std::string& value) = 0;
};

}  // namespace causal_gym

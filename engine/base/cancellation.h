// A flag that one thread raises and long computations poll: CancellationSource raises,
// CancellationToken is polled.
#pragma once

#include <atomic>
#include <memory>

#include "engine/base/result.h"

namespace causal_gym {

// Cheap to copy; a default token is never cancelled. Safe from any thread.
class CancellationToken {
 public:
  CancellationToken() = default;

  [[nodiscard]] bool cancelled() const { return flag_ && flag_->load(std::memory_order_relaxed); }
  // Ok, or the error `cancelled`.
  [[nodiscard]] Status check() const;

 private:
  friend class CancellationSource;
  explicit CancellationToken(std::shared_ptr<const std::atomic<bool>> flag)
      : flag_(std::move(flag)) {}

  std::shared_ptr<const std::atomic<bool>> flag_;
};

class CancellationSource {
 public:
  CancellationSource() : flag_(std::make_shared<std::atomic<bool>>(false)) {}

  void cancel() { flag_->store(true, std::memory_order_relaxed); }
  [[nodiscard]] CancellationToken token() const { return CancellationToken(flag_); }

 private:
  std::shared_ptr<std::atomic<bool>> flag_;
};

}  // namespace causal_gym

// A thread that renews the leases of a store, three times within each, from the first claim on.
// Cost: one small write for each time. Safe from any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "engine/base/result.h"

namespace causal_gym {

class LeaseKeeper {
 public:
  // `renew` is called from the thread; when it fails, soon again.
  LeaseKeeper(std::chrono::milliseconds lease, std::function<Status()> renew);
  // Waits for a call that is under way.
  ~LeaseKeeper();
  LeaseKeeper(const LeaseKeeper&) = delete;
  LeaseKeeper& operator=(const LeaseKeeper&) = delete;

  void start();
  [[nodiscard]] bool has_started() const;

 private:
  void keep();

  const std::chrono::milliseconds lease_;
  const std::function<Status()> renew_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace causal_gym

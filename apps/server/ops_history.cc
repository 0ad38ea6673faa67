#include "apps/server/ops_history.h"

#include <utility>

namespace causal_gym {

OpsHistory::OpsHistory(std::function<OpsSample()> take, std::chrono::nanoseconds between)
    : take_(std::move(take)), between_(between), thread_([this] { run(); }) {}

OpsHistory::~OpsHistory() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  ending_changed_.notify_all();
  thread_.join();
}

void OpsHistory::run() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    const auto next = std::chrono::steady_clock::now() + between_;
    lock.unlock();
    auto sample = take_();
    lock.lock();
    samples_.push_back(std::move(sample));
    if (samples_.size() > ops_samples) samples_.pop_front();
    ending_changed_.wait_until(lock, next, [this] { return ending_; });
  }
}

std::vector<OpsSample> OpsHistory::samples() const {
  const std::lock_guard lock(mutex_);
  return {samples_.begin(), samples_.end()};
}

}  // namespace causal_gym

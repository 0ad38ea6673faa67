#include "platform/store/lease_keeper.h"

#include <utility>

namespace causal_gym {

namespace {

constexpr int renewals_in_a_lease = 3;
constexpr int tries_in_a_lease = 15;  // while it fails

}  // namespace

LeaseKeeper::LeaseKeeper(std::chrono::milliseconds lease, std::function<Status()> renew)
    : lease_(lease), renew_(std::move(renew)) {}

LeaseKeeper::~LeaseKeeper() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void LeaseKeeper::start() {
  const std::lock_guard lock(mutex_);
  if (!thread_.joinable()) thread_ = std::thread([this] { keep(); });
}

bool LeaseKeeper::has_started() const {
  const std::lock_guard lock(mutex_);
  return thread_.joinable();
}

void LeaseKeeper::keep() {
  auto pause = lease_ / renewals_in_a_lease;
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, pause, [this] { return is_over_; })) {
    lock.unlock();
    pause = lease_ / (renew_() ? renewals_in_a_lease : tries_in_a_lease);
    lock.lock();
  }
}

}  // namespace causal_gym

#include "platform/store/connection_pool.h"

#include <algorithm>
#include <string>
#include <thread>

namespace causal_gym {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds first_pause{20};
constexpr milliseconds longest_pause{500};

}  // namespace

ConnectionPool::Loan::~Loan() {
  if (database_) pool_->give_back(std::move(database_));
}

ConnectionPool::ConnectionPool(std::unique_ptr<Database> first, Open open, const PoolLimits& limits)
    : open_(std::move(open)), limits_(limits), name_(first->name()) {
  open_count_ = 1;
  idle_.push_back(std::move(first));
}

void ConnectionPool::give_back(std::unique_ptr<Database> database) {
  std::vector<std::unique_ptr<Database>> closed;  // outside of the lock
  {
    const std::lock_guard lock(mutex_);
    if (database->is_lost()) {
      // What ended this one has ended those that wait too.
      closed = std::exchange(idle_, {});
      closed.push_back(std::move(database));
      open_count_ -= closed.size();
    } else {
      idle_.push_back(std::move(database));
    }
  }
  changed_.notify_all();
}

Result<std::unique_ptr<Database>> ConnectionPool::open_another() {
  auto opened = open_();
  {
    const std::lock_guard lock(mutex_);
    if (opened) {
      failed_.reset();
      backoff_ = milliseconds(0);
    } else {
      --open_count_;
      failed_ = opened.error();
      backoff_ = std::clamp(backoff_ * 2, first_pause, longest_pause);
      next_try_ = steady_clock::now() + backoff_;
    }
  }
  if (!opened) changed_.notify_all();
  return opened;
}

Result<ConnectionPool::Loan> ConnectionPool::take() {
  const auto deadline = steady_clock::now() + limits_.wait;
  std::unique_lock lock(mutex_);
  const auto can_go_on = [&] { return !idle_.empty() || open_count_ < limits_.connections; };
  if (!changed_.wait_until(lock, deadline, can_go_on))
    return fail(ErrorCode::unavailable,
                "all " + std::to_string(limits_.connections) + " connections to database '" +
                    name_ + "' are in use",
                "database", "try again");
  if (!idle_.empty()) {
    auto database = std::move(idle_.back());
    idle_.pop_back();
    return Loan(*this, std::move(database));
  }
  if (failed_ && steady_clock::now() < next_try_) return fail(*failed_);
  ++open_count_;
  lock.unlock();
  CAUSAL_GYM_TRY(opened, open_another());
  return Loan(*this, std::move(opened));
}

ConnectionPool::Attempts::Attempts(const ConnectionPool& pool, TransactionKind kind)
    : deadline_(steady_clock::now() +
                (kind == TransactionKind::read ? milliseconds(0) : pool.limits_.patience)),
      pause_(first_pause) {}

bool ConnectionPool::Attempts::again() {
  // The connection may have been dead for long: once is for nothing.
  if (std::exchange(is_first_, false)) return true;
  if (steady_clock::now() >= deadline_) return false;
  std::this_thread::sleep_for(pause_);
  pause_ = std::min(pause_ * 2, longest_pause);
  return true;
}

Status ConnectionPool::transact(TransactionKind kind, const Work& work) {
  Attempts attempts(*this, kind);
  for (;;) {
    bool is_lost = true;
    auto done = [&]() -> Status {
      CAUSAL_GYM_TRY(loan, take());
      auto& database = loan.database();
      auto status = [&]() -> Status {
        CAUSAL_GYM_TRY(transaction, Transaction::begin(database, kind));
        CAUSAL_GYM_CHECKED(work(database));
        return kind == TransactionKind::read ? Status() : transaction.commit();
      }();
      is_lost = database.is_lost() && !database.is_in_doubt();
      return status;
    }();
    if (done || !is_lost || !attempts.again()) return done;
  }
}

}  // namespace causal_gym

#include "platform/auth/rate_state.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"

namespace causal_gym {

namespace {

using std::chrono::nanoseconds;

// Values by key, of which the longest unused is dropped when there are too many.
template <class Value>
class RecentlyUsed {
 public:
  explicit RecentlyUsed(std::size_t limit) : limit_(limit) { CHECK(limit_ > 0); }

  // The value of the key, made when there is none, and now the one used last.
  Value& use(const std::string& key) {
    const auto found = places_.find(key);
    if (found != places_.end()) {
      values_.splice(values_.begin(), values_, found->second);
      return found->second->second;
    }
    if (values_.size() == limit_) {
      places_.erase(values_.back().first);
      values_.pop_back();
    }
    values_.emplace_front(key, Value{});
    places_.emplace(key, values_.begin());
    return values_.front().second;
  }
  void erase(const std::string& key) {
    const auto found = places_.find(key);
    if (found == places_.end()) return;
    values_.erase(found->second);
    places_.erase(found);
  }
  Value* find(const std::string& key) {
    const auto found = places_.find(key);
    return found == places_.end() ? nullptr : &found->second->second;
  }

 private:
  using Values = std::list<std::pair<std::string, Value>>;
  std::size_t limit_;
  Values values_;
  std::unordered_map<std::string, typename Values::iterator> places_;
};

struct Level {
  bool used = false;
  double tokens = 0;
  nanoseconds at{0};
};

struct Attempts {
  int count = 0;
  nanoseconds last{0};
  nanoseconds locked_until{0};
};

nanoseconds lock_after(int count, const LockOut& policy) {
  if (count <= policy.free) return nanoseconds(0);
  constexpr int largest_shift = 30;
  const auto doublings = std::min(count - policy.free - 1, largest_shift);
  return std::min<nanoseconds>(policy.first * (std::int64_t{1} << doublings), policy.longest);
}

class MemoryRateState final : public RateState {
 public:
  MemoryRateState(const Clock& clock, std::size_t keys)
      : clock_(clock), levels_(keys), attempts_(keys) {}

  nanoseconds take(const std::string& key, const Bucket& bucket) override {
    const std::lock_guard lock(mutex_);
    auto& level = levels_.use(key);
    const auto now = clock_.steady();
    const std::chrono::duration<double> passed = now - level.at;
    level.tokens =
        level.used ? std::min(bucket.capacity, level.tokens + passed.count() * bucket.per_second)
                   : bucket.capacity;
    level.used = true;
    level.at = now;
    if (level.tokens >= 1) {
      level.tokens -= 1;
      return nanoseconds(0);
    }
    const std::chrono::duration<double> wait((1 - level.tokens) / bucket.per_second);
    return std::max(nanoseconds(1), std::chrono::duration_cast<nanoseconds>(wait));
  }

  nanoseconds attempt(const std::string& key, const LockOut& policy) override {
    const std::lock_guard lock(mutex_);
    auto& attempts = attempts_.use(key);
    const auto now = clock_.steady();
    if (attempts.locked_until > now) return attempts.locked_until - now;
    if (attempts.count > 0 && now - attempts.last > policy.memory) attempts = {};
    attempts.last = now;
    ++attempts.count;
    attempts.locked_until = now + lock_after(attempts.count, policy);
    return nanoseconds(0);
  }

  void take_back(const std::string& key) override {
    const std::lock_guard lock(mutex_);
    auto* attempts = attempts_.find(key);
    if (attempts == nullptr) return;
    attempts->count = std::max(0, attempts->count - 1);
    attempts->locked_until = nanoseconds(0);
  }

  void forget(const std::string& key) override {
    const std::lock_guard lock(mutex_);
    attempts_.erase(key);
  }

 private:
  const Clock& clock_;
  std::mutex mutex_;
  RecentlyUsed<Level> levels_;
  RecentlyUsed<Attempts> attempts_;
};

}  // namespace

std::unique_ptr<RateState> make_memory_rate_state(const Clock& clock, std::size_t keys) {
  return std::make_unique<MemoryRateState>(clock, keys);
}

}  // namespace causal_gym

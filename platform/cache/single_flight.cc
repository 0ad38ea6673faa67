#include "platform/cache/single_flight.h"

#include <chrono>

namespace causal_gym {

namespace {

// How late a cancellation is noticed.
constexpr std::chrono::milliseconds look_interval{20};

}  // namespace

SingleFlight::Work SingleFlight::run(const std::string& key, const CancellationToken& cancellation,
                                     const std::function<Work()>& work) {
  std::shared_ptr<Flight> mine;
  {
    std::unique_lock lock(mutex_);
    if (const auto found = flights_.find(key); found == flights_.end()) {
      mine = std::make_shared<Flight>();
      flights_.emplace(key, mine);
    } else {
      const auto flight = found->second;
      while (!flight->landed && !cancellation.cancelled()) landed_.wait_for(lock, look_interval);
      if (flight->landed && flight->text) return {*flight->text, true};
    }
  }
  if (!mine) return work();
  // However it ends, nobody waits for it any longer.
  struct Landing {
    SingleFlight& flights;
    const std::string& key;
    Flight& flight;
    ~Landing() {
      {
        const std::lock_guard lock(flights.mutex_);
        flight.landed = true;
        flights.flights_.erase(key);
      }
      flights.landed_.notify_all();
    }
  } landing{*this, key, *mine};
  auto result = work();
  if (result.for_all) mine->text = result.text;
  return result;
}

}  // namespace causal_gym

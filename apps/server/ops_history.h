// The last hour of the server's own metrics, for the page /ops: one sample each ten seconds, taken
// by a thread of its own beside the requests. Lost with the process, as the counters are. Cost:
// about a millisecond and 2 KB a sample; at most 361 of them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "apps/server/ops_sample.h"

namespace causal_gym {

inline constexpr std::size_t ops_samples = 361;  // both ends of an hour
inline constexpr std::chrono::seconds ops_interval{10};

class OpsHistory {
 public:
  // Takes the first sample at once. A take that is late delays the next ones: what was missed stays
  // a gap. `take` is called from one thread and outlives it.
  explicit OpsHistory(std::function<OpsSample()> take,
                      std::chrono::nanoseconds between = ops_interval);
  // Waits for the sample under way.
  ~OpsHistory();
  OpsHistory(const OpsHistory&) = delete;
  OpsHistory& operator=(const OpsHistory&) = delete;

  // Oldest first. Safe from any thread.
  [[nodiscard]] std::vector<OpsSample> samples() const;

 private:
  void run();

  const std::function<OpsSample()> take_;
  const std::chrono::nanoseconds between_;
  mutable std::mutex mutex_;
  std::condition_variable ending_changed_;
  bool ending_ = false;            // guarded by the mutex, as what follows
  std::deque<OpsSample> samples_;  // at most ops_samples
  std::thread thread_;
};

}  // namespace causal_gym

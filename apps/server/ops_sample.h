// What the page /ops remembers of the server's metrics at one moment: the numbers that it draws,
// each a sum over the labels that it does not tell apart. Cost: one pass over the series; about 2
// KB.
#pragma once

#include <prometheus/metric_family.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <span>
#include <vector>

namespace causal_gym {

enum class OpsNumber {
  // Counters: they only grow, and begin at 0 when there is no series yet.
  requests_2xx,
  requests_3xx,
  requests_4xx,
  requests_5xx,
  answers_ok,
  answers_error,
  runs_finished,
  runs_failed,
  runs_cancelled,
  llm_ok,
  llm_all,
  llm_dollars,
  memory_hits,
  memory_looks,
  redis_hits,
  redis_looks,
  store_ok,
  store_refused,
  store_error,
  cpu_seconds,
  // Gauges: NaN when there is none.
  queue_waiting,
  queue_running,
  queue_paused,
  queue_oldest_seconds,
  active_runs,
  self_check_ratio,
  resident_bytes,
  open_files,
};
inline constexpr std::size_t ops_numbers = static_cast<std::size_t>(OpsNumber::open_files) + 1;

enum class OpsTimes { requests, answers, llm, store };
inline constexpr std::size_t ops_times = 4;

// A histogram summed over its labels: how many took at most so long.
struct TimeBucket {
  double bound_seconds = 0;  // the last one's is infinite
  double count = 0;          // with those of the buckets before
  friend bool operator==(const TimeBucket&, const TimeBucket&) = default;
};

struct OpsSample {
  std::chrono::nanoseconds at{0};  // of a steady clock
  std::array<double, ops_numbers> numbers{};
  std::array<std::vector<TimeBucket>, ops_times> times;

  [[nodiscard]] double operator[](OpsNumber number) const {
    return numbers[static_cast<std::size_t>(number)];
  }
  [[nodiscard]] const std::vector<TimeBucket>& operator[](OpsTimes which) const {
    return times[static_cast<std::size_t>(which)];
  }
};

[[nodiscard]] OpsSample read_ops_sample(std::span<const prometheus::MetricFamily> families,
                                        std::chrono::nanoseconds at);

}  // namespace causal_gym

// The seam to time: the system's clocks, or one that stands still until it is moved.
#pragma once

#include <atomic>
#include <chrono>
#include <string>

namespace causal_gym {

// Safe from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual std::chrono::system_clock::time_point now() const = 0;  // of the calendar
  [[nodiscard]] virtual std::chrono::nanoseconds steady() const = 0;  // since some fixed moment
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] std::chrono::system_clock::time_point now() const override;
  [[nodiscard]] std::chrono::nanoseconds steady() const override;
};

class FixedClock final : public Clock {
 public:
  explicit FixedClock(std::chrono::system_clock::time_point start) : start_(start) {}

  [[nodiscard]] std::chrono::system_clock::time_point now() const override;
  [[nodiscard]] std::chrono::nanoseconds steady() const override;
  void advance(std::chrono::nanoseconds duration) { passed_ += duration.count(); }

 private:
  const std::chrono::system_clock::time_point start_;
  std::atomic<std::int64_t> passed_ = 0;
};

// Time since its construction, of a clock that outlives it.
class Stopwatch {
 public:
  explicit Stopwatch(const Clock& clock) : clock_(clock), begin_(clock.steady()) {}
  [[nodiscard]] std::chrono::nanoseconds elapsed() const { return clock_.steady() - begin_; }

 private:
  const Clock& clock_;
  std::chrono::nanoseconds begin_;
};

// RFC 3339 in UTC with milliseconds, rounded down: "2026-11-23T23:51:02.007Z".
[[nodiscard]] std::string timestamp_text(std::chrono::system_clock::time_point time);

}  // namespace causal_gym

// A progress bar on a terminal: one line, rewritten in place; silent elsewhere.
#pragma once

#include <chrono>
#include <cstddef>
#include <ostream>
#include <string>

namespace causal_gym {

class ProgressBar {
 public:
  // Writes to `out` only when `enabled` (the stream is a terminal). `what` is the plural of the
  // things counted.
  ProgressBar(std::ostream& out, bool enabled, std::string what);
  ~ProgressBar();  // takes the line away
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  // At most ten times a second.
  void update(std::size_t done, std::size_t total);

 private:
  std::ostream& out_;
  bool enabled_;
  std::string what_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace causal_gym

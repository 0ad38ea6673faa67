// Names for new runs: the time, so that they sort, and chance, so that no two are the same.
// Cost: one read of the system's entropy.
#pragma once

#include <chrono>
#include <string>

namespace causal_gym {

// "20261123-231502-9f3c51a0": the time in UTC and eight random hexadecimal digits; sorts by time.
[[nodiscard]] std::string new_run_id(std::chrono::system_clock::time_point now);

}  // namespace causal_gym

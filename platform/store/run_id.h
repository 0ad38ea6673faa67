// Names for new runs, and the time they carry.
#pragma once

#include <chrono>
#include <string>

namespace causal_gym {

// "20261123-231502-9f3c51a0": the time in UTC and eight random hexadecimal digits; sorts by time.
[[nodiscard]] std::string new_run_id(std::chrono::system_clock::time_point now);

// RFC 3339 in UTC with milliseconds: "2026-11-23T23:15:02.123Z".
[[nodiscard]] std::string utc_text(std::chrono::system_clock::time_point time);

}  // namespace causal_gym

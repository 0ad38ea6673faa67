// What is logged of a request: "request" at info, as an error when it was answered with 500 and as
// a warning with another status of the 500s; and as warnings "slow_request" when it took longer
// than a threshold, "request_timeout" when it did not arrive in time (408). Cost: one log line, two
// for these.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "platform/telemetry/log.h"

namespace causal_gym {

struct RequestRecord {
  std::string_view request_id;
  std::string_view trace_id = {};
  std::string_view method;
  std::string_view path;  // logged up to 256 bytes
  std::string_view remote = {};
  std::string_view caller = {};  // empty: not told
  std::string_view route = {};   // "/api/v1/runs/{run}"; empty: not told
  int status = 0;
  std::int64_t request_bytes = 0;
  std::int64_t response_bytes = 0;
  std::chrono::nanoseconds duration{0};
};

// The logger outlives it. Safe from any thread.
class RequestLog {
 public:
  RequestLog(Logger& logger, std::chrono::nanoseconds slow_threshold)
      : logger_(logger), slow_threshold_(slow_threshold) {}

  void write(const RequestRecord& record) const;
  // The same at the end of `lines`, for Logger::write_lines().
  void add(const RequestRecord& record, std::string& lines) const;

 private:
  Logger& logger_;
  std::chrono::nanoseconds slow_threshold_;
};

}  // namespace causal_gym

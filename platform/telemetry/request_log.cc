#include "platform/telemetry/request_log.h"

namespace causal_gym {
namespace {

constexpr std::size_t longest_path = 256;

double milliseconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

}  // namespace

void RequestLog::write(const RequestRecord& record) const {
  std::string lines;
  add(record, lines);
  logger_.write_lines(lines);
}

void RequestLog::add(const RequestRecord& record, std::string& lines) const {
  const auto level = record.status < 500    ? LogLevel::info
                     : record.status == 500 ? LogLevel::error
                                            : LogLevel::warn;
  const ForeignText request_id{record.request_id}, method{record.method},
      path{record.path.substr(0, longest_path)};
  logger_.add(lines, level, "request",
              {{"request_id", request_id},
               {"trace_id", record.trace_id},
               {"method", method},
               {"path", path},
               {"route", record.route},
               {"status", std::int64_t{record.status}},
               {"duration_ms", milliseconds(record.duration)},
               {"request_bytes", record.request_bytes},
               {"response_bytes", record.response_bytes},
               {"remote", record.remote},
               {"user", ForeignText{record.caller}}});
  if (record.status == 408)
    logger_.add(
        lines, LogLevel::warn, "request_timeout",
        {{"request_id", request_id}, {"trace_id", record.trace_id}, {"remote", record.remote}});
  if (record.duration <= slow_threshold_) return;
  logger_.add(lines, LogLevel::warn, "slow_request",
              {{"request_id", request_id},
               {"trace_id", record.trace_id},
               {"method", method},
               {"path", path},
               {"route", record.route},
               {"status", std::int64_t{record.status}},
               {"duration_ms", milliseconds(record.duration)},
               {"threshold_ms", milliseconds(slow_threshold_)}});
}

}  // namespace causal_gym

#include "platform/telemetry/request_log.h"

namespace causal_gym {
namespace {

constexpr std::size_t longest_path = 256;

double milliseconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

}  // namespace

void RequestLog::write(const RequestRecord& record) const {
  const std::string_view path = record.path.substr(0, longest_path);
  logger_.write(LogLevel::info, "request",
                {{"request_id", record.request_id},
                 {"method", record.method},
                 {"path", path},
                 {"status", std::int64_t{record.status}},
                 {"duration_ms", milliseconds(record.duration)},
                 {"request_bytes", record.request_bytes},
                 {"response_bytes", record.response_bytes},
                 {"remote", record.remote}});
  if (record.duration <= slow_threshold_) return;
  logger_.write(LogLevel::warn, "slow_request",
                {{"request_id", record.request_id},
                 {"method", record.method},
                 {"path", path},
                 {"duration_ms", milliseconds(record.duration)},
                 {"threshold_ms", milliseconds(slow_threshold_)}});
}

}  // namespace causal_gym

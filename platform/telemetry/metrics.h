// The server's metrics in the Prometheus text format, version 0.0.4.
//
// causal_inference_requests_total{method,status}   counter; method: an operation; status: ok or an
//                                                  error code
// causal_inference_duration_seconds{method}        histogram, 10 us to 10 s
// causal_gym_http_requests_total{method,status}    counter; status: the HTTP status
// causal_gym_http_request_duration_seconds         histogram
// causal_gym_build_info{version,compiler}          gauge, always 1
//
// No label takes its value from input: a name that is not known here is counted as "other".
// Cost: a few hundred nanoseconds per count. Safe from any thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace causal_gym {

inline constexpr std::string_view metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

struct BuildInfo {
  std::string version;
  std::string compiler;
};

class Metrics {
 public:
  Metrics(const BuildInfo& build, const std::vector<std::string>& operations);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // One operation answered: without an error, or with that code.
  void count_inference(std::string_view operation, std::optional<ErrorCode> error,
                       std::chrono::nanoseconds duration);
  void count_http(std::string_view method, int status, std::chrono::nanoseconds duration);

  // The exposition of all metrics as they are now.
  [[nodiscard]] std::string text() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace causal_gym

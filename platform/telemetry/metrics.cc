#include "platform/telemetry/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>

namespace causal_gym {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Histogram;

constexpr std::array<std::string_view, 7> http_methods = {"GET",    "HEAD",  "POST",   "PUT",
                                                          "DELETE", "PATCH", "OPTIONS"};

const std::string other = "other";

Histogram::BucketBoundaries buckets() {
  return {1e-5,  2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01,
          0.025, 0.05,   0.1,  0.25, 0.5,    1,    2.5,  5,      10};
}

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

template <class Names>
std::string known(const Names& names, std::string_view name) {
  const bool found = std::find(names.begin(), names.end(), name) != names.end();
  return found ? std::string(name) : other;
}

}  // namespace

struct Metrics::Parts {
  explicit Parts(std::vector<std::string> known_operations)
      : operations(std::move(known_operations)) {}

  const std::vector<std::string> operations;
  prometheus::Registry registry;
  Family<Counter>& inferences = prometheus::BuildCounter()
                                    .Name("causal_inference_requests_total")
                                    .Help("Operations answered, by operation and outcome")
                                    .Register(registry);
  Family<Histogram>& inference_durations = prometheus::BuildHistogram()
                                               .Name("causal_inference_duration_seconds")
                                               .Help("Time to answer an operation")
                                               .Register(registry);
  Family<Counter>& requests = prometheus::BuildCounter()
                                  .Name("causal_gym_http_requests_total")
                                  .Help("HTTP requests answered, by method and status")
                                  .Register(registry);
  Histogram& request_durations = prometheus::BuildHistogram()
                                     .Name("causal_gym_http_request_duration_seconds")
                                     .Help("Time from a request's last byte to its response")
                                     .Register(registry)
                                     .Add({}, buckets());
};

Metrics::Metrics(const BuildInfo& build, const std::vector<std::string>& operations)
    : parts_(std::make_unique<Parts>(operations)) {
  prometheus::BuildGauge()
      .Name("causal_gym_build_info")
      .Help("The running build; always 1")
      .Register(parts_->registry)
      .Add({{"version", build.version}, {"compiler", build.compiler}})
      .Set(1);
  // Series that exist from the start, so that the first count is an increase.
  for (const std::string& operation : parts_->operations) {
    parts_->inferences.Add({{"method", operation}, {"status", "ok"}});
    parts_->inference_durations.Add({{"method", operation}}, buckets());
  }
}

Metrics::~Metrics() = default;

void Metrics::count_inference(std::string_view operation, std::optional<ErrorCode> error,
                              std::chrono::nanoseconds duration) {
  const std::string method = known(parts_->operations, operation);
  const std::string status(error ? error_code_name(*error) : "ok");
  parts_->inferences.Add({{"method", method}, {"status", status}}).Increment();
  parts_->inference_durations.Add({{"method", method}}, buckets()).Observe(seconds(duration));
}

void Metrics::count_http(std::string_view method, int status, std::chrono::nanoseconds duration) {
  const std::string number = status >= 100 && status <= 599 ? std::to_string(status) : other;
  parts_->requests.Add({{"method", known(http_methods, method)}, {"status", number}}).Increment();
  parts_->request_durations.Observe(seconds(duration));
}

std::string Metrics::text() const {
  return prometheus::TextSerializer().Serialize(parts_->registry.Collect());
}

}  // namespace causal_gym

#include "apps/server/ops_sample.h"

#include <algorithm>
#include <limits>
#include <string_view>

namespace causal_gym {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

// A label and what its value begins with; an empty label: every series.
struct Condition {
  std::string_view label = {};
  std::string_view beginning = {};
};

struct NumberRow {
  OpsNumber number;
  std::string_view family;
  Condition first = {};
  Condition second = {};
};

constexpr std::string_view requests = "http_requests_total";
constexpr std::string_view answers = "causal_inference_requests_total";
constexpr std::string_view runs = "causal_experiments_total";
constexpr std::string_view llm = "causal_llm_requests_total";
constexpr std::string_view looks = "causal_cache_operations_total";
constexpr std::string_view store = "causal_store_operations_total";
constexpr std::string_view jobs = "causal_queue_jobs";

constexpr NumberRow rows[] = {
    {OpsNumber::requests_2xx, requests, {"status", "2"}},
    {OpsNumber::requests_3xx, requests, {"status", "3"}},
    {OpsNumber::requests_4xx, requests, {"status", "4"}},
    {OpsNumber::requests_5xx, requests, {"status", "5"}},
    {OpsNumber::answers_ok, answers, {"status", "ok"}},
    {OpsNumber::answers_error, answers, {"status", "error"}},
    {OpsNumber::runs_finished, runs, {"state", "finished"}},
    {OpsNumber::runs_failed, runs, {"state", "failed"}},
    {OpsNumber::runs_cancelled, runs, {"state", "cancelled"}},
    {OpsNumber::llm_ok, llm, {"status", "ok"}},
    {OpsNumber::llm_all, llm},
    {OpsNumber::llm_dollars, "causal_llm_cost_dollars_total"},
    {OpsNumber::memory_hits, looks, {"cache", "memory"}, {"result", "hit"}},
    {OpsNumber::memory_looks, looks, {"cache", "memory"}},
    {OpsNumber::redis_hits, looks, {"cache", "redis"}, {"result", "hit"}},
    {OpsNumber::redis_looks, looks, {"cache", "redis"}},
    {OpsNumber::store_ok, store, {"status", "ok"}},
    {OpsNumber::store_refused, store, {"status", "refused"}},
    {OpsNumber::store_error, store, {"status", "error"}},
    {OpsNumber::cpu_seconds, "process_cpu_seconds_total"},
    {OpsNumber::queue_waiting, jobs, {"state", "waiting"}},
    {OpsNumber::queue_running, jobs, {"state", "running"}},
    {OpsNumber::queue_paused, jobs, {"state", "paused"}},
    {OpsNumber::queue_oldest_seconds, "causal_queue_oldest_job_age_seconds"},
    {OpsNumber::active_runs, "causal_active_experiments"},
    {OpsNumber::self_check_ratio, "causal_self_check_ratio"},
    {OpsNumber::resident_bytes, "process_resident_memory_bytes"},
    {OpsNumber::open_files, "process_open_fds"},
};
static_assert(std::size(rows) == ops_numbers);

constexpr std::string_view time_families[] = {
    "http_request_duration_seconds", "causal_inference_duration_seconds",
    "causal_llm_request_duration_seconds", "causal_store_operation_duration_seconds"};
static_assert(std::size(time_families) == ops_times);

constexpr bool is_gauge(OpsNumber number) { return number >= OpsNumber::queue_waiting; }

bool holds(const Condition& condition, const ClientMetric& metric) {
  return condition.label.empty() ||
         std::any_of(metric.label.begin(), metric.label.end(), [&](const auto& label) {
           return label.name == condition.label && label.value.starts_with(condition.beginning);
         });
}

void add_numbers(const MetricFamily& family, OpsSample& sample) {
  for (const auto& row : rows) {
    if (row.family != family.name) continue;
    auto& number = sample.numbers[static_cast<std::size_t>(row.number)];
    if (is_gauge(row.number)) number = 0;
    for (const auto& metric : family.metric)
      if (holds(row.first, metric) && holds(row.second, metric))
        number += family.type == MetricType::Counter ? metric.counter.value : metric.gauge.value;
  }
}

// The series of a family have the same bounds.
void add_times(const MetricFamily& family, std::vector<TimeBucket>& buckets) {
  for (const auto& metric : family.metric) {
    const auto& more = metric.histogram.bucket;
    if (buckets.empty())
      for (const auto& bucket : more) buckets.push_back({bucket.upper_bound, 0});
    for (std::size_t i = 0; i < std::min(buckets.size(), more.size()); ++i)
      buckets[i].count += static_cast<double>(more[i].cumulative_count);
  }
}

}  // namespace

OpsSample read_ops_sample(std::span<const MetricFamily> families, std::chrono::nanoseconds at) {
  OpsSample sample;
  sample.at = at;
  for (const auto& row : rows)
    if (is_gauge(row.number))
      sample.numbers[static_cast<std::size_t>(row.number)] =
          std::numeric_limits<double>::quiet_NaN();
  for (const auto& family : families) {
    if (family.metric.empty()) continue;
    add_numbers(family, sample);
    for (std::size_t i = 0; i < ops_times; ++i)
      if (time_families[i] == family.name) add_times(family, sample.times[i]);
  }
  return sample;
}

}  // namespace causal_gym

#include "platform/telemetry/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <functional>
#include <map>
#include <mutex>
#include <set>

#include "platform/telemetry/process_metrics.h"

namespace causal_gym {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

constexpr std::array<std::string_view, 7> http_methods = {"GET",    "HEAD",  "POST",   "PUT",
                                                          "DELETE", "PATCH", "OPTIONS"};

constexpr std::array<std::string_view, 2> caches = {"memory", "redis"};

const std::string other = "other";

Histogram::BucketBoundaries duration_buckets() {
  return {1e-5,  2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01,
          0.025, 0.05,   0.1,  0.25, 0.5,    1,    2.5,  5,      10};
}

// A model may think for minutes.
Histogram::BucketBoundaries llm_buckets() {
  auto bounds = duration_buckets();
  bounds.insert(bounds.end(), {30, 60, 120, 300});
  return bounds;
}

// Most scores end at 1 or begin at 0; some go below.
Histogram::BucketBoundaries score_buckets() {
  return {-1, -0.5, -0.25, 0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1};
}

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

template <class Names>
std::string known(const Names& names, std::string_view name) {
  const bool found = std::find(names.begin(), names.end(), name) != names.end();
  return found ? std::string(name) : other;
}

// A store that says no to what cannot be is well.
std::string store_status(std::optional<ErrorCode> error) {
  if (!error) return "ok";
  return *error == ErrorCode::unavailable ? "error" : "refused";
}

// The series of one operation.
struct OperationSeries {
  Counter& answers;
  Counter& errors;
  Histogram& durations;
};

}  // namespace

struct Metrics::Parts {
  explicit Parts(MetricNames known_names) : names(std::move(known_names)) {}

  Family<Counter>& counters(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  Family<Gauge>& gauges(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  }
  Family<Histogram>& histograms(const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
  }

  // The model itself, or "other" once there are too many.
  std::string bounded_model(std::string_view model) {
    const std::lock_guard lock(mutex);
    const auto place = models.find(model);
    if (place != models.end()) return *place;
    if (models.size() >= llm_models_limit) return other;
    return *models.emplace(model).first;
  }

  OperationSeries add_operation(const std::string& operation) {
    return {inferences.Add({{"method", operation}, {"status", "ok"}}),
            inferences.Add({{"method", operation}, {"status", "error"}}),
            inference_durations.Add({{"method", operation}}, duration_buckets())};
  }

  Counter& add_cache(std::string_view cache, bool found) {
    return cache_looks.Add({{"cache", std::string(cache)}, {"result", found ? "hit" : "miss"}});
  }

  // Looking a series up by its labels costs more than to answer some requests: it is done once.
  Counter& request_counter(std::string_view method, int status) {
    const auto row = static_cast<std::size_t>(
        std::find(http_methods.begin(), http_methods.end(), method) - http_methods.begin());
    const auto column = status >= 100 && status <= 599 ? static_cast<std::size_t>(status) : 0;
    auto& kept = request_counters[row][column];
    auto* counter = kept.load(std::memory_order_acquire);
    if (counter != nullptr) return *counter;
    counter = &requests.Add({{"method", known(http_methods, method)},
                             {"status", column > 0 ? std::to_string(status) : other}});
    kept.store(counter, std::memory_order_release);
    return *counter;
  }

  const MetricNames names;
  std::mutex mutex;
  std::set<std::string, std::less<>> models;                       // guarded by the mutex
  std::map<std::string, OperationSeries, std::less<>> operations;  // as they were at the start
  std::array<std::array<Counter*, 2>, caches.size()>
      cache_counters{};  // by cache, not found or found
  prometheus::Registry registry;
  Family<Counter>& inferences =
      counters("causal_inference_requests_total", "Operations answered, by operation and outcome");
  Family<Counter>& inference_errors = counters(
      "causal_inference_errors_total", "Operations that were answered with an error, by its code");
  Family<Histogram>& inference_durations =
      histograms("causal_inference_duration_seconds", "Time to answer an operation");
  Family<Counter>& experiments =
      counters("causal_experiments_total", "Experiments that were created or reached a state");
  Gauge& active_experiments =
      gauges("causal_active_experiments", "Experiments that this server is running").Add({});
  Family<Histogram>& scores = histograms("causal_score", "Scores of finished episodes");
  Family<Counter>& beliefs =
      counters("causal_beliefs_total", "Beliefs asked for in finished episodes, by outcome");
  Family<Gauge>& queue =
      gauges("causal_queue_jobs", "Experiments that wait, run or are paused, wherever");
  Gauge& waiting_jobs = queue.Add({{"state", "waiting"}});
  Gauge& running_jobs = queue.Add({{"state", "running"}});
  Gauge& paused_jobs = queue.Add({{"state", "paused"}});
  Gauge& oldest_job = gauges("causal_queue_oldest_job_age_seconds",
                             "Age of the oldest experiment that nobody has begun")
                          .Add({});
  Family<Counter>& llm_requests =
      counters("causal_llm_requests_total", "Requests to providers of models, by outcome");
  Family<Histogram>& llm_durations =
      histograms("causal_llm_request_duration_seconds", "Time of a request to a provider");
  Family<Counter>& llm_costs =
      counters("causal_llm_cost_dollars_total", "What requests to a provider cost, in USD");
  Family<Counter>& cache_looks =
      counters("causal_cache_operations_total", "Looks for a kept answer, by cache and outcome");
  Family<Counter>& store_operations =
      counters("causal_store_operations_total", "Calls of the store, by operation and outcome");
  Histogram& store_durations =
      histograms("causal_store_operation_duration_seconds", "Time of a call of the store")
          .Add({}, duration_buckets());
  Family<Gauge>& self_check_ratio =
      gauges("causal_self_check_ratio", "Known causal answers that the engine gets right, 0 to 1");
  Family<Gauge>& self_check_times = gauges("causal_self_check_last_run_timestamp_seconds",
                                           "When the known answers were last asked for");
  Family<Counter>& requests =
      counters("http_requests_total", "HTTP requests answered, by method and status");
  // By method, the last of which is any other, and by status, 0 for any other.
  std::array<std::array<std::atomic<Counter*>, 600>, http_methods.size() + 1> request_counters{};
  Histogram& request_durations =
      histograms("http_request_duration_seconds", "Time from a request's last byte to its response")
          .Add({}, duration_buckets());
};

Metrics::Metrics(const BuildInfo& build, const MetricNames& names)
    : parts_(std::make_unique<Parts>(names)) {
  parts_->gauges("causal_gym_build_info", "The running build; always 1")
      .Add({{"version", build.version}, {"compiler", build.compiler}})
      .Set(1);
  // Series that exist from the start, so that the first count is an increase.
  for (const auto& operation : names.operations)
    parts_->operations.emplace(operation, parts_->add_operation(operation));
  for (std::size_t i = 0; i < caches.size(); ++i)
    parts_->cache_counters[i] = {&parts_->add_cache(caches[i], false),
                                 &parts_->add_cache(caches[i], true)};
  for (const auto& state : names.experiment_states) parts_->experiments.Add({{"state", state}});
  for (const auto& score : names.scores) parts_->scores.Add({{"score", score}}, score_buckets());
  for (const auto& outcome : names.belief_outcomes) parts_->beliefs.Add({{"outcome", outcome}});
  for (const auto& operation : names.store_operations)
    for (const char* status : {"ok", "error"})
      parts_->store_operations.Add({{"operation", operation}, {"status", status}});
}

Metrics::~Metrics() = default;

void Metrics::count_inference(std::string_view operation, std::optional<ErrorCode> error,
                              std::chrono::nanoseconds duration) {
  const auto kept = parts_->operations.find(operation);
  const auto series =
      kept == parts_->operations.end() ? parts_->add_operation(other) : kept->second;
  (error ? series.errors : series.answers).Increment();
  if (error)
    parts_->inference_errors
        .Add({{"method", known(parts_->names.operations, operation)},
              {"code", std::string(error_code_name(*error))}})
        .Increment();
  series.durations.Observe(seconds(duration));
}

void Metrics::count_cache(std::string_view cache, bool found) {
  const auto place = std::find(caches.begin(), caches.end(), cache);
  if (place == caches.end()) return parts_->add_cache(other, found).Increment();
  parts_->cache_counters[static_cast<std::size_t>(place - caches.begin())][found ? 1 : 0]
      ->Increment();
}

void Metrics::count_http(std::string_view method, int status, std::chrono::nanoseconds duration) {
  parts_->request_counter(method, status).Increment();
  parts_->request_durations.Observe(seconds(duration));
}

void Metrics::count_store(std::string_view operation, std::optional<ErrorCode> error,
                          std::chrono::nanoseconds duration) {
  const std::string name = known(parts_->names.store_operations, operation);
  parts_->store_operations.Add({{"operation", name}, {"status", store_status(error)}}).Increment();
  parts_->store_durations.Observe(seconds(duration));
}

void Metrics::count_llm(std::string_view provider, std::string_view model, std::string_view status,
                        std::chrono::nanoseconds duration, double cost_dollars) {
  const std::string name = known(parts_->names.llm_providers, provider);
  parts_->llm_requests
      .Add({{"provider", name},
            {"model", parts_->bounded_model(model)},
            {"status", known(parts_->names.llm_statuses, status)}})
      .Increment();
  parts_->llm_durations.Add({{"provider", name}}, llm_buckets()).Observe(seconds(duration));
  parts_->llm_costs.Add({{"provider", name}}).Increment(cost_dollars);
}

void Metrics::count_experiment(std::string_view state) {
  parts_->experiments.Add({{"state", known(parts_->names.experiment_states, state)}}).Increment();
}

void Metrics::count_beliefs(std::string_view outcome, std::size_t count) {
  parts_->beliefs.Add({{"outcome", known(parts_->names.belief_outcomes, outcome)}})
      .Increment(static_cast<double>(count));
}

void Metrics::observe_score(std::string_view score, double value) {
  parts_->scores.Add({{"score", known(parts_->names.scores, score)}}, score_buckets())
      .Observe(value);
}

void Metrics::set_oldest_job(std::chrono::seconds age) {
  parts_->oldest_job.Set(static_cast<double>(age.count()));
}

void Metrics::set_queue(std::size_t waiting, std::size_t running, std::size_t paused) {
  parts_->waiting_jobs.Set(static_cast<double>(waiting));
  parts_->running_jobs.Set(static_cast<double>(running));
  parts_->paused_jobs.Set(static_cast<double>(paused));
}

void Metrics::set_active(std::size_t running) {
  parts_->active_experiments.Set(static_cast<double>(running));
}

void Metrics::set_self_check(double ratio, std::chrono::system_clock::time_point when) {
  parts_->self_check_ratio.Add({}).Set(ratio);
  parts_->self_check_times.Add({}).Set(
      std::floor(std::chrono::duration<double>(when.time_since_epoch()).count()));
}

std::vector<prometheus::MetricFamily> Metrics::collect() const {
  auto families = parts_->registry.Collect();
  for (auto& family : collect_process_metrics()) families.push_back(std::move(family));
  return families;
}

std::string Metrics::text() const { return prometheus::TextSerializer().Serialize(collect()); }

}  // namespace causal_gym

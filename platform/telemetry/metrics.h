// The server's metrics in the Prometheus text format, version 0.0.4. The names are a contract with
// dashboards and alerts: metrics_test.cc holds the whole exposition.
//
// causal_inference_requests_total{method,status}   counter; method: an operation; status: ok, error
// causal_inference_errors_total{method,code}       counter; the same errors by their code, so that
//                                                  mistakes of users can be told from faults
// causal_inference_duration_seconds{method}        histogram, 10 us to 10 s
// causal_experiments_total{state}                  counter; created, or a state that was reached
// causal_active_experiments                        gauge; being run by this server
// causal_score{score}                              histogram of the scores of finished episodes
// causal_beliefs_total{outcome}                    counter; of finished episodes
// causal_queue_jobs{state}                         gauge; waiting, running or paused, wherever
// causal_queue_oldest_job_age_seconds              gauge; of those that wait for their first turn
// causal_llm_requests_total{provider,model,status} counter; status: ok, or a kind of failure;
// model:
//                                                  the first llm_models_limit of them, then other
// causal_llm_request_duration_seconds{provider}    histogram, 10 us to 5 min
// causal_llm_cost_dollars_total{provider}          counter; where the price is known
// causal_cache_operations_total{cache,result}      counter; cache: memory, redis; result: hit, miss
// causal_store_operations_total{operation,status}  counter; status: ok; refused: it cannot be done,
//                                                  such as what is not found; error: unavailable
// causal_store_operation_duration_seconds          histogram
// causal_self_check_ratio                          gauge; known causal answers that the engine gets
//                                                  right, 0 to 1; absent before the first check
// causal_self_check_last_run_timestamp_seconds     gauge; when it was last found out
// http_requests_total{method,status}               counter; status: the HTTP status
// http_request_duration_seconds                    histogram
// causal_gym_build_info{version,compiler}          gauge, always 1
// process_*                                        see process_metrics.h
//
// No label takes its value from input without a limit: a name that is not known here is counted as
// "other". So a
// score has no label for its environment or agent, of which users may name as many as they like;
// those are in the runs themselves. Cost: a few hundred nanoseconds per count. Safe from any
// thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace prometheus {
struct MetricFamily;
}

namespace causal_gym {

inline constexpr std::string_view metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

inline constexpr std::size_t llm_models_limit = 50;

struct BuildInfo {
  std::string version;
  std::string compiler;
};

// The values that labels may have.
struct MetricNames {
  std::vector<std::string> operations;
  std::vector<std::string> experiment_states;
  std::vector<std::string> scores;
  std::vector<std::string> belief_outcomes;
  std::vector<std::string> store_operations;
  std::vector<std::string> llm_providers;
  std::vector<std::string> llm_statuses;
};

class Metrics {
 public:
  Metrics(const BuildInfo& build, const MetricNames& names);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // One operation answered: without an error, or with that code.
  void count_inference(std::string_view operation, std::optional<ErrorCode> error,
                       std::chrono::nanoseconds duration);
  // One look for an answer; `cache` is "memory" or "redis".
  void count_cache(std::string_view cache, bool found);
  void count_http(std::string_view method, int status, std::chrono::nanoseconds duration);
  void count_store(std::string_view operation, std::optional<ErrorCode> error,
                   std::chrono::nanoseconds duration);
  // One request to a provider, as it was answered or failed.
  void count_llm(std::string_view provider, std::string_view model, std::string_view status,
                 std::chrono::nanoseconds duration, double cost_dollars);
  void count_experiment(std::string_view state);
  void count_beliefs(std::string_view outcome, std::size_t count);
  void observe_score(std::string_view score, double value);
  // How many runs of the queue wait, are carried out by whomever, and are paused, now.
  void set_queue(std::size_t waiting, std::size_t running, std::size_t paused);
  void set_oldest_job(std::chrono::seconds age);
  // How many runs this program carries out, now.
  void set_active(std::size_t running);
  // The share of known answers that were right at that moment.
  void set_self_check(double ratio, std::chrono::system_clock::time_point when);

  // All metrics as they are now.
  [[nodiscard]] std::vector<prometheus::MetricFamily> collect() const;
  // Their exposition.
  [[nodiscard]] std::string text() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace causal_gym

// The metrics text, read by a parser of the exposition format; its names, types, help and labels.
#include "platform/telemetry/metrics.h"

#include <unistd.h>

#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <thread>

#include "platform/telemetry/process_metrics.h"

namespace causal_gym {
namespace {

using namespace std::chrono_literals;

const MetricNames names = {.operations = {"ask", "identify"},
                           .experiment_states = {"created", "finished"},
                           .scores = {"causal_score"},
                           .belief_outcomes = {"stated", "refused"},
                           .store_operations = {"load_run"},
                           .llm_providers = {"openai"},
                           .llm_statuses = {"ok", "timeout"}};

// Samples by "name{labels}" as written. Fails the test on a line that is not of the format.
std::map<std::string, double> parse_exposition(const std::string& text) {
  static const std::regex comment("# (HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* .+");
  static const std::regex sample(
      R"re(([a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-z_]+="([^"\\]|\\["\\n])*",?)*\})?))re"
      R"re( ([0-9.e+-]+|\+Inf))re");
  std::map<std::string, double> samples;
  EXPECT_TRUE(text.ends_with("\n"));
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    std::smatch match;
    if (line.starts_with("#")) {
      EXPECT_TRUE(std::regex_match(line, comment)) << line;
    } else if (std::regex_match(line, match, sample)) {
      EXPECT_TRUE(samples.emplace(match[1], std::stod(match[5])).second) << line;
    } else {
      ADD_FAILURE() << line;
    }
  }
  return samples;
}

TEST(Metrics, TextHoldsEveryCount) {
  Metrics metrics({"1.2\"3", "gcc"}, names);
  metrics.count_inference("ask", std::nullopt, 30us);
  metrics.count_inference("ask", std::nullopt, 2ms);
  metrics.count_inference("ask", ErrorCode::unknown_name, 1min);
  metrics.count_http("GET", 404, 1ms);
  auto samples = parse_exposition(metrics.text());
  EXPECT_EQ(samples["causal_inference_requests_total{method=\"ask\",status=\"ok\"}"], 2);
  EXPECT_EQ(samples["causal_inference_requests_total{method=\"ask\",status=\"error\"}"], 1);
  EXPECT_EQ(samples["causal_inference_errors_total{code=\"unknown_name\",method=\"ask\"}"], 1);
  EXPECT_EQ(samples["causal_inference_requests_total{method=\"identify\",status=\"error\"}"], 0);
  EXPECT_EQ(samples.count("causal_inference_requests_total{method=\"identify\",status=\"ok\"}"), 1);
  const std::string duration = "causal_inference_duration_seconds";
  EXPECT_EQ(samples[duration + "_count{method=\"ask\"}"], 3);
  EXPECT_NEAR(samples[duration + "_sum{method=\"ask\"}"], 60.00203, 1e-9);
  EXPECT_EQ(samples[duration + "_bucket{method=\"ask\",le=\"+Inf\"}"], 3);
  EXPECT_EQ(samples[duration + "_bucket{method=\"ask\",le=\"10\"}"], 2);
  EXPECT_EQ(samples[duration + "_bucket{method=\"ask\",le=\"0.001\"}"], 1);
  EXPECT_EQ(samples["http_requests_total{method=\"GET\",status=\"404\"}"], 1);
  EXPECT_EQ(samples["causal_gym_build_info{compiler=\"gcc\",version=\"1.2\\\"3\"}"], 1);
}

TEST(Metrics, LabelsAreBounded) {
  Metrics metrics({"1", "gcc"}, names);
  for (const ErrorCode code : all_error_codes) metrics.count_inference("ask", code, 1us);
  const std::size_t before = parse_exposition(metrics.text()).size();
  metrics.count_inference("x0", std::nullopt, 1us);
  metrics.count_http("BREW", 1'000, 1us);
  metrics.count_store("x", ErrorCode::conflict, 1us);
  for (std::size_t i = 0; i <= llm_models_limit; ++i)
    metrics.count_llm("x", "m" + std::to_string(i), "x", 1us, 0);
  metrics.count_experiment("x");
  metrics.count_beliefs("x", 1);
  metrics.observe_score("x", 0.5);
  const std::size_t once = parse_exposition(metrics.text()).size();
  for (int i = 1; i < 1'000; ++i) {
    metrics.count_inference("x" + std::to_string(i), std::nullopt, 1us);
    metrics.count_http("BREW" + std::to_string(i), 1'000 + i, 1us);
    metrics.count_store("x" + std::to_string(i), ErrorCode::conflict, 1us);
    const auto name = "n" + std::to_string(i);
    metrics.count_llm(name, name, name, 1us, 0);
    metrics.count_experiment("x" + std::to_string(i));
    metrics.count_beliefs("x" + std::to_string(i), 1);
    metrics.observe_score("x" + std::to_string(i), 0.5);
  }
  auto samples = parse_exposition(metrics.text());
  EXPECT_GT(once, before);
  EXPECT_EQ(samples.size(), once);
  EXPECT_EQ(samples["causal_inference_requests_total{method=\"other\",status=\"ok\"}"], 1'000);
  EXPECT_EQ(samples["http_requests_total{method=\"other\",status=\"other\"}"], 1'000);
  EXPECT_EQ(samples["causal_beliefs_total{outcome=\"other\"}"], 1'000);
  EXPECT_EQ(samples["causal_score_count{score=\"other\"}"], 1'000);
  const std::string by_model = "causal_llm_requests_total{model=\"";
  EXPECT_EQ(samples[by_model + "other\",provider=\"other\",status=\"other\"}"], 1'000);
  EXPECT_EQ(samples[by_model + "m49\",provider=\"other\",status=\"other\"}"], 1);
}

TEST(Metrics, CountsFromManyThreads) {
  Metrics metrics({"1", "gcc"}, names);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 1'000; ++i) {
        metrics.count_inference("ask", std::nullopt, 1us);
        if (i % 100 == 0) {
          EXPECT_FALSE(metrics.text().empty());
        }
      }
    });
  for (std::thread& thread : threads) thread.join();
  auto samples = parse_exposition(metrics.text());
  EXPECT_EQ(samples["causal_inference_requests_total{method=\"ask\",status=\"ok\"}"], 4'000);
}

TEST(Metrics, TellsOfRunsEpisodesAndTheStore) {
  Metrics metrics({"1", "gcc"}, names);
  EXPECT_EQ(parse_exposition(metrics.text())["causal_experiments_total{state=\"finished\"}"], 0);
  metrics.count_experiment("finished");
  metrics.count_beliefs("stated", 5);
  metrics.observe_score("causal_score", 0.92);
  metrics.count_store("load_run", std::nullopt, 2ms);
  metrics.count_store("load_run", ErrorCode::not_found, 2ms);
  metrics.count_store("load_run", ErrorCode::unavailable, 2ms);
  metrics.set_queue(3, 2, 5);
  metrics.set_oldest_job(90s);
  metrics.set_active(1);
  auto samples = parse_exposition(metrics.text());
  EXPECT_EQ(samples["causal_experiments_total{state=\"finished\"}"], 1);
  EXPECT_EQ(samples["causal_beliefs_total{outcome=\"stated\"}"], 5);
  EXPECT_EQ(samples["causal_score_bucket{score=\"causal_score\",le=\"0.9\"}"], 0);
  EXPECT_EQ(samples["causal_score_bucket{score=\"causal_score\",le=\"0.95\"}"], 1);
  EXPECT_EQ(samples["causal_store_operations_total{operation=\"load_run\",status=\"ok\"}"], 1);
  EXPECT_EQ(samples["causal_store_operations_total{operation=\"load_run\",status=\"refused\"}"], 1);
  EXPECT_EQ(samples["causal_store_operations_total{operation=\"load_run\",status=\"error\"}"], 1);
  EXPECT_EQ(samples["causal_store_operation_duration_seconds_count"], 3);
  EXPECT_EQ(samples["causal_queue_jobs{state=\"waiting\"}"], 3);
  EXPECT_EQ(samples["causal_queue_jobs{state=\"running\"}"], 2);
  EXPECT_EQ(samples["causal_queue_jobs{state=\"paused\"}"], 5);
  EXPECT_EQ(samples["causal_queue_oldest_job_age_seconds"], 90);
  EXPECT_EQ(samples["causal_active_experiments"], 1);
}

// The lines HELP and TYPE, and each sample's name with the names of its labels, once each.
std::string shape_of(const std::string& text) {
  static const std::regex value("=\"[^\"]*\"");
  std::string shape, last;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("#")) line = line.substr(0, line.rfind(' '));
    if (!line.starts_with("#")) line = std::regex_replace(line, value, "");
    if (line != last && shape.find("\n" + line + "\n") == std::string::npos) shape += line + "\n";
    last = line;
  }
  return shape;
}

constexpr std::string_view contract = R"golden(
# HELP causal_inference_requests_total Operations answered, by operation and outcome
# TYPE causal_inference_requests_total counter
causal_inference_requests_total{method,status}
# HELP causal_inference_errors_total Operations that were answered with an error, by its code
# TYPE causal_inference_errors_total counter
causal_inference_errors_total{code,method}
# HELP causal_experiments_total Experiments that were created or reached a state
# TYPE causal_experiments_total counter
causal_experiments_total{state}
# HELP causal_beliefs_total Beliefs asked for in finished episodes, by outcome
# TYPE causal_beliefs_total counter
causal_beliefs_total{outcome}
# HELP causal_llm_requests_total Requests to providers of models, by outcome
# TYPE causal_llm_requests_total counter
causal_llm_requests_total{model,provider,status}
# HELP causal_llm_cost_dollars_total What requests to a provider cost, in USD
# TYPE causal_llm_cost_dollars_total counter
causal_llm_cost_dollars_total{provider}
# HELP causal_cache_operations_total Looks for a kept answer, by cache and outcome
# TYPE causal_cache_operations_total counter
causal_cache_operations_total{cache,result}
# HELP causal_store_operations_total Calls of the store, by operation and outcome
# TYPE causal_store_operations_total counter
causal_store_operations_total{operation,status}
# HELP http_requests_total HTTP requests answered, by method and status
# TYPE http_requests_total counter
http_requests_total{method,status}
# HELP causal_active_experiments Experiments that this server is running
# TYPE causal_active_experiments gauge
causal_active_experiments
# HELP causal_queue_jobs Experiments that wait, run or are paused, wherever
# TYPE causal_queue_jobs gauge
causal_queue_jobs{state}
# HELP causal_queue_oldest_job_age_seconds Age of the oldest experiment that nobody has begun
# TYPE causal_queue_oldest_job_age_seconds gauge
causal_queue_oldest_job_age_seconds
# HELP causal_self_check_ratio Known causal answers that the engine gets right, 0 to 1
# TYPE causal_self_check_ratio gauge
causal_self_check_ratio
# HELP causal_self_check_last_run_timestamp_seconds When the known answers were last asked for
# TYPE causal_self_check_last_run_timestamp_seconds gauge
causal_self_check_last_run_timestamp_seconds
# HELP causal_gym_build_info The running build; always 1
# TYPE causal_gym_build_info gauge
causal_gym_build_info{compiler,version}
# HELP causal_inference_duration_seconds Time to answer an operation
# TYPE causal_inference_duration_seconds histogram
causal_inference_duration_seconds_count{method}
causal_inference_duration_seconds_sum{method}
causal_inference_duration_seconds_bucket{method,le}
# HELP causal_score Scores of finished episodes
# TYPE causal_score histogram
causal_score_count{score}
causal_score_sum{score}
causal_score_bucket{score,le}
# HELP causal_llm_request_duration_seconds Time of a request to a provider
# TYPE causal_llm_request_duration_seconds histogram
causal_llm_request_duration_seconds_count{provider}
causal_llm_request_duration_seconds_sum{provider}
causal_llm_request_duration_seconds_bucket{provider,le}
# HELP causal_store_operation_duration_seconds Time of a call of the store
# TYPE causal_store_operation_duration_seconds histogram
causal_store_operation_duration_seconds_count
causal_store_operation_duration_seconds_sum
causal_store_operation_duration_seconds_bucket{le}
# HELP http_request_duration_seconds Time from a request's last byte to its response
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_count
http_request_duration_seconds_sum
http_request_duration_seconds_bucket{le}
# HELP process_cpu_seconds_total Processor time used, in seconds
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total
# HELP process_virtual_memory_bytes Virtual memory, in bytes
# TYPE process_virtual_memory_bytes gauge
process_virtual_memory_bytes
# HELP process_resident_memory_bytes Resident memory, in bytes
# TYPE process_resident_memory_bytes gauge
process_resident_memory_bytes
# HELP process_threads Threads of the process
# TYPE process_threads gauge
process_threads
# HELP process_start_time_seconds When the process began, in seconds since 1970
# TYPE process_start_time_seconds gauge
process_start_time_seconds
# HELP process_open_fds Open file descriptors
# TYPE process_open_fds gauge
process_open_fds
# HELP process_max_fds Most file descriptors that may be open
# TYPE process_max_fds gauge
process_max_fds
)golden";

TEST(Metrics, NamesTypesHelpAndLabelsAreAContract) {
  Metrics metrics({"1", "gcc"}, names);
  metrics.count_http("GET", 200, 1ms);
  metrics.count_inference("ask", ErrorCode::conflict, 1ms);
  metrics.count_llm("openai", "m", "ok", 1s, 0.5);
  metrics.set_self_check(1, {});
  EXPECT_EQ("\n" + shape_of(metrics.text()), contract);
}

TEST(ProcessMetrics, ReadsAStatWhoseNameIsAwkward) {
  std::string text = "7 (a) b (c)) S";
  for (int field = 4; field <= 30; ++field) text += " " + std::to_string(field);
  const auto stat = read_process_stat(text);
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->cpu_ticks, 14 + 15);
  EXPECT_EQ(stat->threads, 20);
  EXPECT_EQ(stat->start_ticks, 22);
  EXPECT_EQ(stat->virtual_bytes, 23);
  EXPECT_EQ(stat->resident_pages, 24);
  EXPECT_FALSE(read_process_stat("7 (a) S 4 5"));
  EXPECT_FALSE(read_process_stat(""));
}

TEST(ProcessMetrics, TellOfThisProcess) {
  const auto figures = [] {
    std::map<std::string, double> values;
    for (const auto& family : collect_process_metrics())
      values[family.name] = family.metric.at(0).gauge.value + family.metric.at(0).counter.value;
    return values;
  };
  auto before = figures();
  EXPECT_EQ(before.size(), 7);
  EXPECT_GT(before["process_resident_memory_bytes"], 1e6);
  EXPECT_GE(before["process_virtual_memory_bytes"], before["process_resident_memory_bytes"]);
  const auto now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_NEAR(before["process_start_time_seconds"], now, 300);
  const int pipe_end = dup(0);
  std::thread waiting([] { std::this_thread::sleep_for(50ms); });
  auto after = figures();
  waiting.join();
  close(pipe_end);
  EXPECT_EQ(after["process_open_fds"], before["process_open_fds"] + 1);
  EXPECT_EQ(after["process_threads"], before["process_threads"] + 1);
  EXPECT_GE(after["process_max_fds"], after["process_open_fds"]);
  EXPECT_GE(after["process_cpu_seconds_total"], before["process_cpu_seconds_total"]);
}

}  // namespace
}  // namespace causal_gym

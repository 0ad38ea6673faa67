// Clocks, log lines, slow requests, and the metrics text read by a parser of the exposition format.
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <thread>

#include "platform/telemetry/clock.h"
#include "platform/telemetry/log.h"
#include "platform/telemetry/metrics.h"
#include "platform/telemetry/request_log.h"

namespace causal_gym {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

const std::chrono::system_clock::time_point moment{1'795'477'862'007ms};

TEST(Clock, PrintsRfc3339InUtcWithMilliseconds) {
  EXPECT_EQ(timestamp_text(moment), "2026-11-23T23:51:02.007Z");
  EXPECT_EQ(timestamp_text({}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(timestamp_text(std::chrono::system_clock::time_point(-1ms)),
            "1969-12-31T23:59:59.999Z");
}

TEST(Clock, StandsStillUntilMoved) {
  FixedClock clock(moment);
  const Stopwatch watch(clock);
  EXPECT_EQ(watch.elapsed(), 0ns);
  clock.advance(1'500ms);
  EXPECT_EQ(watch.elapsed(), 1'500ms);
  EXPECT_EQ(clock.now(), moment + 1'500ms);
  const SystemClock system;
  const auto before = system.steady();
  EXPECT_LE(before, system.steady());
}

std::vector<json> lines_of(const std::string& text) {
  std::vector<json> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line));
  return lines;
}

TEST(Log, WritesOneJsonObjectALine) {
  const FixedClock clock(moment);
  std::ostringstream out;
  Logger logger(LogLevel::info, clock, out);
  logger.write(LogLevel::warn, "started",
               {{"port", std::int64_t{8501}}, {"ratio", 0.5}, {"ok", true}, {"name", "a"}});
  EXPECT_EQ(out.str(),
            "{\"ts\":\"2026-11-23T23:51:02.007Z\",\"level\":\"warn\",\"event\":\"started\","
            "\"port\":8501,\"ratio\":0.5,\"ok\":true,\"name\":\"a\"}\n");
}

TEST(Log, EscapesWhatCouldForgeALine) {
  const FixedClock clock(moment);
  std::ostringstream out;
  Logger logger(LogLevel::info, clock, out);
  logger.write(LogLevel::info, "e\n",
               {{"path", "/\"\n{}\x01\xff%v"}, {"level", "forged"}, {"nan", std::nan("")}});
  const auto lines = lines_of(out.str());
  ASSERT_EQ(lines.size(), 1);
  EXPECT_EQ(lines[0]["path"], "/\"\n{}\x01\xEF\xBF\xBD%v");
  EXPECT_EQ(lines[0]["level"], "info");
  EXPECT_TRUE(lines[0]["nan"].is_null());
}

TEST(Log, KeepsToItsLevel) {
  const FixedClock clock(moment);
  for (const char* name : {"debug", "info", "warn", "error"}) {
    std::ostringstream out;
    const auto level = find_log_level(name);
    ASSERT_TRUE(level);
    EXPECT_EQ(log_level_name(*level), name);
    Logger logger(*level, clock, out);
    for (int i = 0; i < 4; ++i) logger.write(static_cast<LogLevel>(i), "e");
    EXPECT_EQ(lines_of(out.str()).size(), 4U - static_cast<std::size_t>(*level));
  }
  EXPECT_EQ(find_log_level("wran").error().suggestion, "did you mean 'warn'?");
}

TEST(Log, LinesOfManyThreadsAreNotMixed) {
  const FixedClock clock(moment);
  std::ostringstream out;
  Logger logger(LogLevel::info, clock, out);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) logger.write(LogLevel::info, "e", {{"a", "some text"}});
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(lines_of(out.str()).size(), 2'000);
}

TEST(RequestLog, WarnsOfARequestOverTheThreshold) {
  FixedClock clock(moment);
  std::ostringstream out;
  Logger logger(LogLevel::info, clock, out);
  const RequestLog log(logger, 5s);
  for (const auto duration : {5'000ms, 5'001ms}) {
    const Stopwatch watch(clock);
    clock.advance(duration);
    log.write({.request_id = "r",
               .method = "GET",
               .path = std::string(300, 'p'),
               .remote = "h:1",
               .status = 200,
               .duration = watch.elapsed()});
  }
  const auto lines = lines_of(out.str());
  ASSERT_EQ(lines.size(), 3);
  EXPECT_EQ(lines[0]["event"], "request");
  EXPECT_EQ(lines[1]["event"], "request");
  EXPECT_EQ(lines[1]["path"].get<std::string>().size(), 256);
  EXPECT_EQ(lines[2]["event"], "slow_request");
  EXPECT_EQ(lines[2]["level"], "warn");
  EXPECT_EQ(lines[2]["request_id"], "r");
  EXPECT_EQ(lines[2]["duration_ms"], 5'001.0);
  EXPECT_EQ(lines[2]["threshold_ms"], 5'000.0);
}

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
  Metrics metrics({"1.2\"3", "gcc"}, {"ask", "identify"});
  metrics.count_inference("ask", std::nullopt, 30us);
  metrics.count_inference("ask", std::nullopt, 2ms);
  metrics.count_inference("ask", ErrorCode::unknown_name, 1min);
  metrics.count_http("GET", 404, 1ms);
  auto samples = parse_exposition(metrics.text());
  EXPECT_EQ(samples["causal_inference_requests_total{method=\"ask\",status=\"ok\"}"], 2);
  EXPECT_EQ(samples["causal_inference_requests_total{method=\"ask\",status=\"unknown_name\"}"], 1);
  EXPECT_EQ(samples.count("causal_inference_requests_total{method=\"identify\",status=\"ok\"}"), 1);
  const std::string duration = "causal_inference_duration_seconds";
  EXPECT_EQ(samples[duration + "_count{method=\"ask\"}"], 3);
  EXPECT_NEAR(samples[duration + "_sum{method=\"ask\"}"], 60.00203, 1e-9);
  EXPECT_EQ(samples[duration + "_bucket{method=\"ask\",le=\"+Inf\"}"], 3);
  EXPECT_EQ(samples[duration + "_bucket{method=\"ask\",le=\"10\"}"], 2);
  EXPECT_EQ(samples[duration + "_bucket{method=\"ask\",le=\"0.001\"}"], 1);
  EXPECT_EQ(samples["causal_gym_http_requests_total{method=\"GET\",status=\"404\"}"], 1);
  EXPECT_EQ(samples["causal_gym_build_info{compiler=\"gcc\",version=\"1.2\\\"3\"}"], 1);
}

TEST(Metrics, LabelsAreBounded) {
  Metrics metrics({"1", "gcc"}, {"ask"});
  for (const ErrorCode code : all_error_codes) metrics.count_inference("ask", code, 1us);
  const std::size_t before = parse_exposition(metrics.text()).size();
  metrics.count_inference("x0", std::nullopt, 1us);
  metrics.count_http("BREW", 1'000, 1us);
  const std::size_t once = parse_exposition(metrics.text()).size();
  for (int i = 1; i < 1'000; ++i) {
    metrics.count_inference("x" + std::to_string(i), std::nullopt, 1us);
    metrics.count_http("BREW" + std::to_string(i), 1'000 + i, 1us);
  }
  auto samples = parse_exposition(metrics.text());
  EXPECT_GT(once, before);
  EXPECT_EQ(samples.size(), once);
  EXPECT_EQ(samples["causal_inference_requests_total{method=\"other\",status=\"ok\"}"], 1'000);
  EXPECT_EQ(samples["causal_gym_http_requests_total{method=\"other\",status=\"other\"}"], 1'000);
}

TEST(Metrics, CountsFromManyThreads) {
  Metrics metrics({"1", "gcc"}, {"ask"});
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

}  // namespace
}  // namespace causal_gym

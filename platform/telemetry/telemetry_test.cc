// Clocks, log lines and slow requests.
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "platform/telemetry/clock.h"
#include "platform/telemetry/log.h"
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
            "{\"ts\":\"2026-11-23T23:51:02.007Z\",\"level\":\"WARN\",\"event\":\"started\","
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
  EXPECT_EQ(lines[0]["level"], "INFO");
  EXPECT_TRUE(lines[0]["nan"].is_null());
}

TEST(Log, KeepsToItsLevel) {
  const FixedClock clock(moment);
  for (const char* name : {"debug", "info", "warn", "error", "critical"}) {
    std::ostringstream out;
    const auto level = find_log_level(name);
    ASSERT_TRUE(level);
    EXPECT_EQ(log_level_name(*level), name);
    Logger logger(*level, clock, out);
    for (int i = 0; i < 5; ++i) logger.write(static_cast<LogLevel>(i), "e");
    EXPECT_EQ(lines_of(out.str()).size(), 5U - static_cast<std::size_t>(*level));
  }
  EXPECT_EQ(find_log_level("wran").error().suggestion, "did you mean 'warn'?");
}

TEST(Log, LevelsStandInCapitalsAndAreReadInAny) {
  const FixedClock clock(moment);
  std::ostringstream out;
  Logger logger(*find_log_level("INFO"), clock, out);
  logger.write(LogLevel::error, "e");
  logger.write(LogLevel::critical, "e");
  const auto lines = lines_of(out.str());
  EXPECT_EQ(lines[0]["level"], "ERROR");
  EXPECT_EQ(lines[1]["level"], "CRITICAL");
}

TEST(Log, NobodyElseSaysTheWordsOfOperators) {
  const FixedClock clock(moment);
  // Beside escapes of JSON, of which a word's first letter may be the last.
  for (const std::string before : {"", "\\", "\f", "\x0f", "\x0e", "/", "e", "\""})
    for (const auto word : log_words)
      for (const bool capitals : {false, true}) {
        std::string text = before + std::string(word) + std::string(word) + "?";
        if (capitals) text[before.size()] = static_cast<char>(text[before.size()] - 'a' + 'A');
        // The first letter of the word is what the escape before it ends with.
        for (const std::string& each : {text, before + text.substr(before.size() + 1)}) {
          std::ostringstream out;
          Logger logger(LogLevel::info, clock, out);
          logger.write(LogLevel::info, "e", {{"path", ForeignText{each}}});
          EXPECT_EQ(lines_of(out.str()).at(0)["path"], each);
          std::string lower = out.str();
          for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
          EXPECT_EQ(lower.find(word), std::string::npos) << out.str();
        }
      }
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
               .trace_id = "t",
               .method = "GET",
               .path = std::string(300, 'p'),
               .remote = "h:1",
               .caller = "ada",
               .route = "/{p}",
               .status = 200,
               .duration = watch.elapsed()});
  }
  const auto lines = lines_of(out.str());
  ASSERT_EQ(lines.size(), 3);
  EXPECT_EQ(lines[0]["event"], "request");
  EXPECT_EQ(lines[1]["event"], "request");
  EXPECT_EQ(lines[1]["path"].get<std::string>().size(), 256);
  EXPECT_EQ(lines[2]["event"], "slow_request");
  EXPECT_EQ(lines[2]["level"], "WARN");
  EXPECT_EQ(lines[0]["trace_id"], "t");
  EXPECT_EQ(lines[0]["user"], "ada");
  EXPECT_EQ(lines[0]["route"], "/{p}");
  EXPECT_EQ(lines[2]["route"], "/{p}");
  EXPECT_EQ(lines[2]["request_id"], "r");
  EXPECT_EQ(lines[2]["trace_id"], "t");
  EXPECT_EQ(lines[2]["status"], 200);
  EXPECT_EQ(lines[2]["duration_ms"], 5'001.0);
  EXPECT_EQ(lines[2]["threshold_ms"], 5'000.0);
}

TEST(RequestLog, FaultsOfOursAreErrorsAndSlowSendersTimeouts) {
  const FixedClock clock(moment);
  std::ostringstream out;
  Logger logger(LogLevel::info, clock, out);
  const RequestLog log(logger, 5s);
  for (const int status : {200, 404, 408, 500, 503})
    log.write({.request_id = "r", .method = "GET", .path = "/timeout", .status = status});
  const auto lines = lines_of(out.str());
  ASSERT_EQ(lines.size(), 6);
  const std::vector<std::string> levels = {"INFO", "INFO", "INFO", "WARN", "ERROR", "WARN"};
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(lines[i]["level"], levels[i]);
    EXPECT_EQ(lines[i]["event"], i == 3 ? "request_timeout" : "request");
  }
  const auto text = out.str();
  EXPECT_EQ(text.find("timeout"), text.rfind("timeout"));
}

}  // namespace
}  // namespace causal_gym

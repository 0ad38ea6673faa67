// The page /ops: what is read of the metrics, the hour that is kept, its figures, and who sees it.
#include "apps/server/ops_page.h"

#include <gmock/gmock.h>

#include <atomic>
#include <cmath>
#include <future>
#include <regex>

#include "apps/server/access_probe.h"
#include "apps/server/ops_figures.h"
#include "apps/server/ops_history.h"

namespace causal_gym {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

TEST(OpsSampleTest, SumsWhatTheMetricsTell) {
  MetricNames names;
  names.operations = {"ask"};
  names.experiment_states = {"finished"};
  names.store_operations = {"load_run"};
  names.llm_providers = {"openai"};
  names.llm_statuses = {"ok", "timeout"};
  Metrics metrics({"1", "gcc"}, names);
  const auto before = read_ops_sample(metrics.collect(), 5s);
  EXPECT_EQ(before.at, 5s);
  EXPECT_EQ(before[OpsNumber::requests_2xx], 0);
  EXPECT_EQ(before[OpsNumber::llm_all], 0);
  EXPECT_EQ(before[OpsNumber::queue_waiting], 0);
  EXPECT_TRUE(std::isnan(before[OpsNumber::self_check_ratio]));
  EXPECT_EQ(before[OpsNumber::queue_oldest_seconds], 0);
  EXPECT_GT(before[OpsNumber::resident_bytes], 1e6);
  for (const int status : {200, 204, 303, 404, 503}) metrics.count_http("GET", status, 2ms);
  metrics.count_http("POST", 200, 20s);
  metrics.count_inference("ask", std::nullopt, 1ms);
  metrics.count_inference("ask", ErrorCode::conflict, 1ms);
  metrics.count_llm("openai", "m", "ok", 1s, 0.25);
  metrics.count_llm("openai", "m", "timeout", 1s, 0);
  metrics.count_cache("memory", true);
  metrics.count_cache("memory", false);
  metrics.count_store("load_run", ErrorCode::unavailable, 1ms);
  metrics.set_queue(3, 2, 1);
  metrics.set_oldest_job(90s);
  metrics.set_self_check(0.5, {});
  const auto after = read_ops_sample(metrics.collect(), 15s);
  const std::map<OpsNumber, double> expected = {{OpsNumber::requests_2xx, 3},
                                                {OpsNumber::requests_3xx, 1},
                                                {OpsNumber::requests_4xx, 1},
                                                {OpsNumber::requests_5xx, 1},
                                                {OpsNumber::answers_ok, 1},
                                                {OpsNumber::answers_error, 1},
                                                {OpsNumber::llm_ok, 1},
                                                {OpsNumber::llm_all, 2},
                                                {OpsNumber::llm_dollars, 0.25},
                                                {OpsNumber::memory_hits, 1},
                                                {OpsNumber::memory_looks, 2},
                                                {OpsNumber::redis_looks, 0},
                                                {OpsNumber::store_error, 1},
                                                {OpsNumber::store_ok, 0},
                                                {OpsNumber::queue_waiting, 3},
                                                {OpsNumber::queue_running, 2},
                                                {OpsNumber::queue_paused, 1},
                                                {OpsNumber::queue_oldest_seconds, 90},
                                                {OpsNumber::self_check_ratio, 0.5}};
  for (const auto& [number, value] : expected)
    EXPECT_EQ(after[number], value) << static_cast<int>(number);
  const auto& requests = after[OpsTimes::requests];
  EXPECT_EQ(requests.back().count, 6);
  EXPECT_TRUE(std::isinf(requests.back().bound_seconds));
  EXPECT_EQ(requests[requests.size() - 2], (TimeBucket{10, 5}));
}

TEST(OpsHistoryTest, KeepsTheNewestHourInOrder) {
  std::atomic<int> taken = 0;
  const OpsHistory history(
      [&] {
        OpsSample sample;
        sample.at = std::chrono::nanoseconds(++taken);
        return sample;
      },
      10us);
  while (taken < 500) std::this_thread::sleep_for(1ms);
  const auto samples = history.samples();
  ASSERT_EQ(samples.size(), 361U);
  for (std::size_t i = 1; i < samples.size(); ++i)
    EXPECT_EQ(samples[i].at - samples[i - 1].at, 1ns);
  EXPECT_GE(samples.back().at, 499ns);
}

TEST(OpsHistoryTest, TakesTheFirstAtOnceAndStopsAtOnce) {
  const auto start = std::chrono::steady_clock::now();
  {
    std::promise<void> first;
    const OpsHistory history(
        [&] {
          first.set_value();
          return OpsSample();
        },
        1h);
    first.get_future().wait();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
}

// One sample each ten seconds, with counters at these values.
std::vector<OpsSample> sampled(OpsNumber number, const std::vector<double>& values) {
  std::vector<OpsSample> samples(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    samples[i].at = 10s * i;
    samples[i].numbers[static_cast<std::size_t>(number)] = values[i];
  }
  return samples;
}

std::vector<double> values_of(const std::vector<OpsSection>& sections, const std::string& id,
                              std::size_t line) {
  std::vector<double> values;
  for (const auto& section : sections)
    for (const auto& chart : section.charts)
      if (chart.id == id)
        for (const auto& point : chart.lines.at(line).points) values.push_back(point.value);
  return values;
}

std::vector<double> values_of(OpsNumber number, const std::vector<double>& counts,
                              const std::string& id, std::size_t line) {
  return values_of(ops_figures(sampled(number, counts), 10s * counts.size()), id, line);
}

TEST(OpsFigures, RatesLookBackAMinute) {
  using testing::DoubleEq;
  using testing::ElementsAre;
  // 6 in 10 s; 6 in 20 s; then in whole minutes.
  EXPECT_THAT(values_of(OpsNumber::requests_2xx, {0, 6, 6, 6, 6, 6, 6, 6, 12}, "requests", 0),
              ElementsAre(DoubleEq(0.6), DoubleEq(0.3), DoubleEq(0.2), DoubleEq(0.15),
                          DoubleEq(0.12), DoubleEq(0.1), DoubleEq(0), DoubleEq(0.1)));
  EXPECT_THAT(values_of(OpsNumber::runs_finished, {1, 2}, "ended", 0), ElementsAre(DoubleEq(6)));
  EXPECT_THAT(values_of(OpsNumber::llm_dollars, {0, 0.5}, "llm-cost", 0),
              ElementsAre(DoubleEq(180)));
  EXPECT_THAT(values_of(OpsNumber::requests_5xx, {9, 2, 4}, "requests", 3),
              ElementsAre(DoubleEq(0.2), DoubleEq(0.2)));  // began again at 0: 2, and 2
}

TEST(OpsFigures, SharesAreOfTheMinutesOwnAndNoneOfNothing) {
  using testing::DoubleEq;
  using testing::ElementsAre;
  auto samples = sampled(OpsNumber::memory_looks, {0, 4, 4, 8});
  for (std::size_t i = 1; i < 4; ++i)
    samples[i].numbers[static_cast<std::size_t>(OpsNumber::memory_hits)] = i == 3 ? 5 : 1;
  EXPECT_THAT(values_of(ops_figures(samples, 30s), "cache", 0),
              ElementsAre(DoubleEq(0.25), DoubleEq(0.25), DoubleEq(0.625)));
  EXPECT_TRUE(values_of(ops_figures(samples, 30s), "cache", 1).empty());
  EXPECT_TRUE(values_of(ops_figures(samples, 30s), "request-failures", 0).empty());
  EXPECT_THAT(values_of(OpsNumber::requests_5xx, {0, 2}, "request-failures", 0), ElementsAre(1));
}

TEST(OpsFigures, TimesAreQuantilesOfTheMinute) {
  auto samples = sampled(OpsNumber::requests_2xx, {0, 0});
  const double infinity = std::numeric_limits<double>::infinity();
  samples[0].times[0] = {{0.1, 5}, {1, 5}, {infinity, 5}};
  samples[1].times[0] = {{0.1, 5}, {1, 15}, {infinity, 15}};
  const auto figures = ops_figures(samples, 10s);
  EXPECT_NEAR(values_of(figures, "request-time", 0).at(0), 0.1 + 0.9 * 0.5, 1e-12);
  EXPECT_NEAR(values_of(figures, "request-time", 1).at(0), 0.1 + 0.9 * 0.95, 1e-12);
  EXPECT_TRUE(values_of(figures, "llm-time", 0).empty());
}

TEST(OpsFigures, GaugesAreAsTheyWere) {
  EXPECT_THAT(values_of(OpsNumber::queue_waiting, {2, 7}, "queue", 0), testing::ElementsAre(2, 7));
  EXPECT_THAT(values_of(OpsNumber::queue_oldest_seconds, {2, 7}, "oldest", 0),
              testing::ElementsAre(2, 7));
  const auto sections = ops_figures(sampled(OpsNumber::queue_waiting, {2, 7}), 10s);
  std::size_t charts = 0;
  for (const auto& section : sections) charts += section.charts.size();
  EXPECT_EQ(charts, 19U);
}

TEST(OpsFigures, ShowTheHourOrLessWhileThereIsLess) {
  const auto span = [](std::size_t count) {
    const auto samples = sampled(OpsNumber::requests_2xx, std::vector<double>(count));
    return ops_figures(samples, 10s * count)[0].charts[0].span_seconds;
  };
  EXPECT_EQ(span(0), 1'200);
  EXPECT_EQ(span(119), 1'200);
  EXPECT_EQ(span(120), 3'600);
}

std::string page_with(std::span<const OpsSample> samples, const Health& health) {
  return ops_page({samples, 10s * samples.size(), health, "host, process 7", true, {}});
}

TEST(OpsPage, SaysThatThereAreNoSamplesYet) {
  const Health health;
  for (const std::size_t count : {0, 1}) {
    const auto page =
        page_with(sampled(OpsNumber::requests_2xx, std::vector<double>(count)), health);
    EXPECT_THAT(page, HasSubstr("No samples yet: lines begin 10 s after the server does."));
    EXPECT_THAT(page, Not(HasSubstr("id=\"samples\"")));
  }
}

TEST(OpsPage, TellsHealthByCheck) {
  Health health;
  health.uptime = 3h + 5min;
  health.checks = {{"engine", true, true, "", 1500us}, {"store", false, false, "<gone>", 2ms}};
  const auto page = page_with(sampled(OpsNumber::requests_2xx, {1, 2, 3}), health);
  EXPECT_THAT(page, HasSubstr("Health: degraded"));
  EXPECT_THAT(page, HasSubstr("<b>engine</b> <span class=\"state\">✓ healthy</span> <span "
                              "class=\"soft\">1.5 ms · critical</span>"));
  EXPECT_THAT(page, HasSubstr("✕ unhealthy"));
  EXPECT_THAT(page, HasSubstr("&lt;gone&gt;"));
  EXPECT_THAT(page, HasSubstr("up for 3 h 5 min"));
  EXPECT_THAT(page,
              HasSubstr("<span id=\"samples\">3</span> samples over 20 s, the newest 10 s ago"));
}

TEST(OpsPage, EachFigureHasATitleOfItsOwn) {
  const auto page = page_with(sampled(OpsNumber::requests_2xx, {1, 2}), {});
  std::set<std::string> ids;
  const std::regex id("<title id=\"([a-z-]+)-title\">[A-Z]");
  for (auto at = std::sregex_iterator(page.begin(), page.end(), id); at != std::sregex_iterator();
       ++at)
    EXPECT_TRUE(ids.insert((*at)[1]).second) << (*at)[1];
  EXPECT_GE(ids.size(), 18U);
}

TEST(OpsRoute, IsForEveryoneWhereAccessIsOffAndRunsNoScript) {
  AccessProbe server(false);
  const auto page = server.send("GET", "/ops");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("No samples yet"));
  EXPECT_THAT(page.body, Not(HasSubstr("<script")));
  EXPECT_THAT(page.header("Content-Security-Policy"), Not(HasSubstr("script-src")));
  EXPECT_EQ(page.header("Refresh"), "30");
  EXPECT_EQ(page.header("Cache-Control"), "no-store");
  const auto still = server.send("GET", "/ops?refresh=off");
  EXPECT_EQ(still.status, 200);
  EXPECT_EQ(still.header("Refresh"), "");
  EXPECT_EQ(server.send("GET", "/ops?refresh=never").status, 400);
  EXPECT_THAT(server.send("GET", "/").body, HasSubstr("<a href=\"/ops\">Operations</a>"));
}

TEST(OpsRoute, IsForAdminsWhereAccessIsOn) {
  AccessProbe server;
  server.add("ada", Role::admin);
  server.add("eve", Role::researcher);
  EXPECT_EQ(server.send("GET", "/ops").status, 303);
  for (const auto& [name, status] : {std::pair("ada", 200), std::pair("eve", 403)}) {
    const NamedTexts cookie = {{"Cookie", server.browser_cookie(name)}};
    EXPECT_EQ(server.send("GET", "/ops", "", cookie).status, status) << name;
    const auto home = server.send("GET", "/", "", cookie).body;
    EXPECT_EQ(home.find("href=\"/ops\"") != home.npos, status == 200) << name;
  }
}

}  // namespace
}  // namespace causal_gym

// The watch of health: what each part says, one that hangs, and many who ask.
#include "apps/server/health.h"

#include <atomic>
#include <future>
#include <thread>

namespace causal_gym {
namespace {

using namespace std::chrono_literals;

HealthPart part(std::string name, bool critical, std::function<Status()> check) {
  return {std::move(name), critical, std::move(check)};
}
Status well() { return {}; }
Status ill() { return fail(ErrorCode::unavailable, "gone"); }

std::string_view status_of(std::vector<HealthPart> parts) {
  const SystemClock clock;
  const HealthWatch watch(std::move(parts), clock);
  return health_status(watch.health());
}

TEST(HealthWatch, TheStatusIsThatOfTheWorstPart) {
  EXPECT_EQ(status_of({part("a", true, well), part("b", false, well)}), "healthy");
  EXPECT_EQ(status_of({part("a", true, well), part("b", false, ill)}), "degraded");
  EXPECT_EQ(status_of({part("a", true, ill), part("b", false, well)}), "unhealthy");
  EXPECT_EQ(status_of({part("b", false, ill), part("a", true, ill)}), "unhealthy");
}

TEST(HealthWatch, TellsEachPart) {
  const SystemClock clock;
  const HealthWatch watch({part("a", true, well), part("b", false, ill)}, clock);
  const auto body = health_json(watch.health());
  EXPECT_EQ(body["status"], "degraded");
  EXPECT_EQ(body["checks"]["a"]["status"], "healthy");
  EXPECT_EQ(body["checks"]["a"]["critical"], true);
  EXPECT_FALSE(body["checks"]["a"].contains("message"));
  EXPECT_EQ(body["checks"]["b"]["status"], "unhealthy");
  EXPECT_EQ(body["checks"]["b"]["message"], error_text(ill().error()));
  EXPECT_GE(body["checks"]["b"]["latency_ms"], 0.0);
}

TEST(HealthWatch, APartThatHangsIsToldAndHoldsNobodyUp) {
  const SystemClock clock;
  std::promise<void> release;
  std::atomic<bool> hang = false;
  {
    const HealthWatch watch({part("slow", false,
                                  [&, freed = release.get_future().share()]() -> Status {
                                    if (hang) freed.wait();
                                    return {};
                                  }),
                             part("engine", true, well)},
                            clock, {5ms, 50ms});
    EXPECT_EQ(health_status(watch.health()), "healthy");
    hang = true;
    std::this_thread::sleep_for(200ms);
    const Stopwatch stopwatch(clock);
    const auto health = watch.health();
    EXPECT_LT(stopwatch.elapsed(), 20ms);
    EXPECT_EQ(health_status(health), "degraded");
    EXPECT_TRUE(health.checks[0].message.starts_with("no answer for ")) << health.checks[0].message;
    EXPECT_GE(health.checks[0].latency, 50ms);
    EXPECT_TRUE(health.checks[1].passed);
    hang = false;
    release.set_value();
    std::this_thread::sleep_for(100ms);
    EXPECT_EQ(health_status(watch.health()), "healthy");
  }
}

TEST(HealthWatch, APartThatHangsFromTheStartDelaysItByTheDeadlineAlone) {
  const SystemClock clock;
  std::promise<void> release;
  const Stopwatch stopwatch(clock);
  {
    const HealthWatch watch({part("a", true,
                                  [freed = release.get_future().share()]() -> Status {
                                    freed.wait();
                                    return {};
                                  })},
                            clock, {5ms, 50ms});
    EXPECT_LT(stopwatch.elapsed(), 1s);
    EXPECT_EQ(health_status(watch.health()), "unhealthy");
    release.set_value();
  }
}

TEST(HealthWatch, APartMayHaveAPaceAndADeadlineOfItsOwn) {
  const SystemClock clock;
  std::atomic<int> rare = 0, often = 0;
  const auto counted = [](std::atomic<int>& count) {
    return [&count]() -> Status {
      if (++count == 1) std::this_thread::sleep_for(100ms);  // over the deadline of the watch
      return {};
    };
  };
  HealthPart slow = part("rare", true, counted(rare));
  slow.times = {1h, 10s};
  const HealthWatch watch({slow, part("often", false, counted(often))}, clock, {1ms, 20ms});
  EXPECT_TRUE(watch.health().checks[0].passed);
  while (often < 10) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(rare, 1);
}

TEST(HealthWatch, AFloodOfQuestionsReachesNoPart) {
  const SystemClock clock;
  std::atomic<int> asked = 0;
  const HealthWatch watch({part("a", true,
                                [&asked]() -> Status {
                                  ++asked;
                                  return {};
                                })},
                          clock, {60s, 1s});
  for (int i = 0; i < 10'000; ++i) EXPECT_EQ(health_status(watch.health()), "healthy");
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace causal_gym

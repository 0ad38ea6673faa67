// One look at the store serves all streams of a run, and none is told of what it knows.
#include "apps/server/run_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace causal_gym {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

// Runs as a store would have them.
class Runs {
 public:
  void set(const RunId& run, const RunProgress& progress) {
    const std::lock_guard lock(mutex_);
    runs_[run] = progress;
  }
  void set_available(bool is_available) { is_available_ = is_available; }
  int looks() const { return looks_; }

  RunWatch::Read reader() {
    return [this](const RunId& run) -> Result<std::optional<RunProgress>> {
      ++looks_;
      if (!is_available_) return fail(ErrorCode::unavailable, "the store is away");
      const std::lock_guard lock(mutex_);
      const auto found = runs_.find(run);
      if (found == runs_.end()) return std::optional<RunProgress>();
      return std::optional(found->second);
    };
  }

 private:
  std::mutex mutex_;
  std::map<RunId, RunProgress> runs_;
  std::atomic<bool> is_available_ = true;
  std::atomic<int> looks_ = 0;
};

template <class Condition>
bool eventually(Condition condition) {
  for (int i = 0; i < 2'000 && !condition(); ++i) std::this_thread::sleep_for(5ms);
  return condition();
}

constexpr RunState running = RunState::running;

// A stream with the count of its wakes.
struct Listener {
  Listener(const RunWatch& watch, const RunId& run, const EventPlace& from = {})
      : stream(watch.stream(run, from, *watch.progress(run))) {
    stream->start([this] { ++wakes; });
  }
  std::atomic<int> wakes = 0;
  std::shared_ptr<BodyStream> stream;
};

TEST(RunWatch, WakesEveryStreamOfARunWhenItGetsOn) {
  Runs runs;
  runs.set("r", {running, "", 2, 0});
  runs.set("other", {running, "", 2, 0});
  const RunWatch watch(runs.reader(), 5ms);
  Listener first(watch, "r"), second(watch, "r"), other(watch, "other");
  for (auto* listener : {&first, &second, &other})
    EXPECT_THAT(listener->stream->next().text, HasSubstr("id: 0.running\nevent: state\n"));
  EXPECT_EQ(first.stream->next().text, "");
  runs.set("r", {running, "", 2, 1});
  EXPECT_TRUE(eventually([&] { return first.wakes > 0 && second.wakes > 0; }));
  for (auto* listener : {&first, &second}) {
    const auto piece = listener->stream->next();
    EXPECT_THAT(piece.text, testing::StartsWith("id: 1.running\nevent: episode\n"));
    EXPECT_FALSE(piece.ended);
    EXPECT_EQ(listener->stream->next().text, "");
  }
  EXPECT_EQ(other.wakes, 0);
}

TEST(RunWatch, AStreamEndsWithItsRun) {
  Runs runs;
  runs.set("r", {running, "", 2, 1});
  const RunWatch watch(runs.reader(), 5ms);
  Listener listener(watch, "r", {1, running});
  EXPECT_EQ(listener.stream->next().text, "retry: 1000\n\n");
  runs.set("r", {RunState::cancelled, "enough", 2, 1});
  EXPECT_TRUE(eventually([&] { return listener.wakes > 0; }));
  const auto piece = listener.stream->next();
  EXPECT_THAT(piece.text, HasSubstr("id: 1.cancelled\nevent: done\n"));
  EXPECT_THAT(piece.text, HasSubstr("enough"));
  EXPECT_TRUE(piece.ended);
}

TEST(RunWatch, OneLookServesManyAndNobodyIsLookedAtForNobody) {
  Runs runs;
  runs.set("r", {running, "", 2, 0});
  const RunWatch watch(runs.reader(), 20ms);
  std::vector<std::unique_ptr<Listener>> listeners;
  const auto now = *watch.progress("r");
  for (int i = 0; i < 100; ++i) listeners.push_back(std::make_unique<Listener>(watch, "r"));
  const int before = runs.looks();
  std::this_thread::sleep_for(200ms);
  const int looked = runs.looks() - before;
  EXPECT_GE(looked, 1);
  EXPECT_LE(looked, 11) << "one look in 20 ms, however many streams";
  listeners.clear();
  std::this_thread::sleep_for(50ms);
  const int after = runs.looks();
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(runs.looks(), after) << "no streams, no looks";
  EXPECT_EQ(now.planned, 2);
}

TEST(RunWatch, AStoreThatIsAwayForAWhileLosesNothing) {
  Runs runs;
  runs.set("r", {running, "", 3, 0});
  const RunWatch watch(runs.reader(), 5ms);
  Listener listener(watch, "r", {0, running});
  EXPECT_THAT(listener.stream->next().text, Not(HasSubstr("event")));
  runs.set_available(false);
  EXPECT_EQ(watch.progress("r").error().code, ErrorCode::unavailable);
  runs.set("r", {running, "", 3, 2});
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(listener.stream->next().text, "");
  runs.set_available(true);
  EXPECT_TRUE(eventually([&] { return listener.wakes > 0; }));
  const auto text = listener.stream->next().text;
  EXPECT_THAT(text, HasSubstr("id: 1.running\n"));
  EXPECT_THAT(text, HasSubstr("id: 2.running\n"));
}

TEST(RunWatch, ThereIsNoProgressOfNoRun) {
  Runs runs;
  const RunWatch watch(runs.reader(), 5ms);
  const auto none = watch.progress("r");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::not_found);
}

TEST(RunWatch, StreamsMayOutliveIt) {
  Runs runs;
  runs.set("r", {running, "", 2, 0});
  auto watch = std::make_unique<RunWatch>(runs.reader(), 5ms);
  const Listener listener(*watch, "r");
  watch.reset();
  EXPECT_THAT(listener.stream->next().text, HasSubstr("id: 0.running\n"));
}

}  // namespace
}  // namespace causal_gym

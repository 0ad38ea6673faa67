#include "apps/server/run_watch.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace causal_gym {

namespace {

// A browser asks again this long after a stream has ended.
constexpr const char* retry_text = "retry: 1000\n\n";
constexpr int rest_times = 4;

}  // namespace

struct RunWatch::Core {
  // The lock is held while streams are woken, so that none is woken after it is gone.
  class Stream;
  struct Watched {
    RunProgress progress;
    std::vector<Stream*> streams;
  };

  void run();
  void look(const RunId& run);

  Read read;
  std::chrono::milliseconds period;
  std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;
  std::map<RunId, Watched> watched;
  std::thread thread;
};

class RunWatch::Core::Stream final : public BodyStream {
 public:
  Stream(std::shared_ptr<Core> core, RunId run, const EventPlace& from, RunProgress now)
      : core_(std::move(core)), run_(std::move(run)), place_(from), now_(std::move(now)) {}

  ~Stream() override {
    const std::lock_guard lock(core_->mutex);
    const auto found = core_->watched.find(run_);
    if (found == core_->watched.end()) return;
    std::erase(found->second.streams, this);
    if (found->second.streams.empty()) core_->watched.erase(found);
  }

  void start(std::function<void()> wake) override {
    wake_ = std::move(wake);
    const std::lock_guard lock(core_->mutex);
    auto& here = core_->watched[run_];
    if (here.streams.empty()) here.progress = now_;
    here.streams.push_back(this);
    core_->changed.notify_all();
  }

  BodyPiece next() override {
    {
      const std::lock_guard lock(core_->mutex);
      if (const auto found = core_->watched.find(run_); found != core_->watched.end())
        now_ = found->second.progress;
    }
    BodyPiece piece{std::exchange(first_, "") + next_events(place_, now_), false};
    piece.ended = is_at_end(place_, now_);
    return piece;
  }

  [[nodiscard]] std::string heartbeat() const override { return ":\n\n"; }
  [[nodiscard]] std::string farewell() const override { return retry_text; }
  void wake() const { wake_(); }

 private:
  const std::shared_ptr<Core> core_;
  const RunId run_;
  EventPlace place_;
  RunProgress now_;
  std::string first_ = retry_text;
  std::function<void()> wake_;
};

void RunWatch::Core::look(const RunId& run) {
  auto found = read(run);
  if (!found || !*found) return;  // a store that cannot be had is asked again
  const std::lock_guard lock(mutex);
  const auto place = watched.find(run);
  if (place == watched.end() || place->second.progress == **found) return;
  place->second.progress = **std::move(found);
  for (const auto* stream : place->second.streams) stream->wake();
}

void RunWatch::Core::run() {
  std::unique_lock lock(mutex);
  while (!stopping) {
    changed.wait(lock, [this] { return stopping || !watched.empty(); });
    std::vector<RunId> runs;
    runs.reserve(watched.size());
    for (const auto& [run, ignored] : watched) runs.push_back(run);
    lock.unlock();
    const auto begin = std::chrono::steady_clock::now();
    for (const auto& run : runs) look(run);
    const auto rest = rest_times * (std::chrono::steady_clock::now() - begin);
    lock.lock();
    changed.wait_for(lock, std::max<std::chrono::steady_clock::duration>(period, rest),
                     [this] { return stopping; });
  }
}

RunWatch::RunWatch(Read read, std::chrono::milliseconds period) : core_(std::make_shared<Core>()) {
  core_->read = std::move(read);
  core_->period = period;
  core_->thread = std::thread([core = core_.get()] { core->run(); });
}

RunWatch::~RunWatch() {
  {
    const std::lock_guard lock(core_->mutex);
    core_->stopping = true;
    core_->changed.notify_all();
  }
  core_->thread.join();
}

Result<RunProgress> RunWatch::progress(const RunId& run) const {
  CAUSAL_GYM_TRY(found, core_->read(run));
  if (!found) return fail(ErrorCode::not_found, "no run '" + run + "'", "run");
  return *std::move(found);
}

std::shared_ptr<BodyStream> RunWatch::stream(const RunId& run, const EventPlace& from,
                                             const RunProgress& now) const {
  return std::make_shared<Core::Stream>(core_, run, from, now);
}

}  // namespace causal_gym

#include "apps/server/stream_rights.h"

#include <algorithm>
#include <atomic>
#include <compare>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "apps/server/visible_runs.h"

namespace causal_gym {

namespace {

constexpr int rest_times = 4;

// What a stream was opened with: a session or key, and the run.
struct Right {
  CallerKind kind;
  std::string session;
  RunId run;
  friend auto operator<=>(const Right&, const Right&) = default;
};

}  // namespace

struct StreamRights::Core {
  class Stream;
  struct Watched {
    Caller caller;
    std::vector<Stream*> streams;
  };

  [[nodiscard]] bool take_place(const std::string& user);
  void run();
  void look(const Right& right, const Caller& caller);

  Ask ask;
  std::size_t streams_of_a_user = 0;
  std::chrono::milliseconds period{0};
  std::mutex mutex;  // held while streams are woken, so that none is woken after it is gone
  std::condition_variable changed;
  bool stopping = false;
  std::map<Right, Watched> watched;
  std::map<std::string, std::size_t> places;  // that are taken, by user
  std::thread thread;
};

// In one of its user's places, which was taken before.
class StreamRights::Core::Stream final : public BodyStream {
 public:
  Stream(std::shared_ptr<Core> core, std::shared_ptr<BodyStream> stream, Caller caller,
         const RunId& run)
      : core_(std::move(core)),
        stream_(std::move(stream)),
        caller_(std::move(caller)),
        right_{caller_.kind, caller_.session, run} {}

  ~Stream() override {
    const std::lock_guard lock(core_->mutex);
    const auto place = core_->places.find(caller_.user);
    if (--place->second == 0) core_->places.erase(place);
    const auto found = core_->watched.find(right_);
    if (found == core_->watched.end()) return;
    std::erase(found->second.streams, this);
    if (found->second.streams.empty()) core_->watched.erase(found);
  }

  void start(std::function<void()> wake) override {
    wake_ = wake;
    stream_->start(std::move(wake));
    const std::lock_guard lock(core_->mutex);
    auto& here = core_->watched[right_];
    here.caller = caller_;
    here.streams.push_back(this);
    core_->changed.notify_all();
  }

  BodyPiece next() override {
    return ended_ ? BodyPiece{stream_->farewell(), true} : stream_->next();
  }
  [[nodiscard]] std::string heartbeat() const override { return stream_->heartbeat(); }
  [[nodiscard]] std::string farewell() const override { return stream_->farewell(); }

  void end() {
    ended_ = true;
    wake_();
  }

 private:
  const std::shared_ptr<Core> core_;
  const std::shared_ptr<BodyStream> stream_;
  const Caller caller_;
  const Right right_;
  std::atomic<bool> ended_ = false;
  std::function<void()> wake_;
};

bool StreamRights::Core::take_place(const std::string& user) {
  const std::lock_guard lock(mutex);
  auto& taken = places[user];
  if (taken >= streams_of_a_user) return false;  // which is not 0, so that none is left empty
  ++taken;
  return true;
}

void StreamRights::Core::look(const Right& right, const Caller& caller) {
  const auto may = ask(caller, right.run);
  if (!may || *may) return;
  const std::lock_guard lock(mutex);
  const auto found = watched.find(right);
  if (found == watched.end()) return;
  for (auto* stream : found->second.streams) stream->end();
}

// Whoever opens a stream was just asked: the first look is a period later.
void StreamRights::Core::run() {
  std::chrono::steady_clock::duration rest = period;
  std::unique_lock lock(mutex);
  while (!stopping) {
    changed.wait(lock, [this] { return stopping || !watched.empty(); });
    if (changed.wait_for(lock, rest, [this] { return stopping; })) return;
    std::vector<std::pair<Right, Caller>> rights;
    rights.reserve(watched.size());
    for (const auto& [right, here] : watched) rights.emplace_back(right, here.caller);
    lock.unlock();
    const auto begin = std::chrono::steady_clock::now();
    for (const auto& [right, caller] : rights) look(right, caller);
    rest = std::max<std::chrono::steady_clock::duration>(
        period, rest_times * (std::chrono::steady_clock::now() - begin));
    lock.lock();
  }
}

StreamRights::StreamRights(Ask ask, std::size_t streams_of_a_user, std::chrono::milliseconds period)
    : core_(std::make_shared<Core>()) {
  core_->ask = std::move(ask);
  core_->streams_of_a_user = streams_of_a_user;
  core_->period = period;
  core_->thread = std::thread([core = core_.get()] { core->run(); });
}

StreamRights::~StreamRights() {
  {
    const std::lock_guard lock(core_->mutex);
    core_->stopping = true;
    core_->changed.notify_all();
  }
  core_->thread.join();
}

Result<std::shared_ptr<BodyStream>> StreamRights::guarded(std::shared_ptr<BodyStream> stream,
                                                          const Caller& caller,
                                                          const RunId& run) const {
  if (caller.kind == CallerKind::everyone) return stream;
  if (!core_->take_place(caller.user))
    return fail(ErrorCode::limit_exceeded,
                "you have " + std::to_string(core_->streams_of_a_user) + " streams of events open",
                "limits.event_streams_per_user", "close one of them first");
  return std::make_shared<Core::Stream>(core_, std::move(stream), caller, run);
}

StreamRights::Ask may_see_runs(Accounts* accounts) {
  return [accounts](const Caller& before, const RunId& run) -> Result<bool> {
    const auto refused = [](const Error& error) -> Result<bool> {
      if (error.code == ErrorCode::unauthorized || error.code == ErrorCode::not_found) return false;
      return fail(error);
    };
    const auto caller = accounts->caller_now(before);
    if (!caller) return refused(caller.error());
    const auto visible = check_visible(&accounts->store(), *caller, run);
    if (!visible) return refused(visible.error());
    return true;
  };
}

}  // namespace causal_gym

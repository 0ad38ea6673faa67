#include "platform/llm/transfer.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/base/check.h"
#include "platform/llm/process_privacy.h"
#include "platform/llm/transfer_handle.h"

namespace causal_gym {

namespace {

using std::chrono::steady_clock;
using Task = std::function<void()>;

constexpr std::size_t most_idle_handles = 1'024;
constexpr std::size_t spare_files = 64;      // for everything else in the process
constexpr std::size_t events_at_once = 256;  // sockets with news, of one look
constexpr std::chrono::milliseconds longest_sleep{1'000};

// libcurl's global state is set up once and lives as long as the process.
bool curl_is_ready() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

// OpenSSL writes without MSG_NOSIGNAL: a server that closes early must not end the process.
void block_broken_pipes() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

// How many of `wanted` connections the limit of open files leaves room for.
std::size_t allowed_connections(std::size_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  const rlim_t needed = wanted + spare_files;
  if (limit.rlim_cur < needed && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = std::min<rlim_t>(needed, limit.rlim_max);
    static_cast<void>(setrlimit(RLIMIT_NOFILE, &limit));
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  }
  const rlim_t room = limit.rlim_cur > spare_files ? limit.rlim_cur - spare_files : 1;
  return static_cast<std::size_t>(std::clamp<rlim_t>(room, 1, wanted));
}

}  // namespace

class Transfers::Loop {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Loop>> open(const TransferOptions& options);
  ~Loop();

  void start() {
    thread_ = std::thread([this] { run(); });
  }
  void stop();
  std::uint64_t next_id() { return ++last_id_; }
  void post(Task task);
  void later(steady_clock::time_point moment, Task task) {
    timers_.emplace(moment, std::move(task));
  }
  void submit(std::unique_ptr<TransferHandle> transfer);
  void cancel(std::uint64_t id);

 private:
  using Timers = std::multimap<steady_clock::time_point, Task>;
  struct Active {
    std::unique_ptr<TransferHandle> transfer;
    Timers::iterator timer;
  };

  static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void* is_known);
  static int on_timer(CURLM*, long wait_ms, void* self);

  void run();
  bool run_tasks();
  void run_timers();
  void wait_for_events();
  void act(curl_socket_t socket, int events);
  void collect();
  void begin_waiting();
  void begin(std::unique_ptr<TransferHandle> transfer);
  void watch_deadline(std::uint64_t id);
  void finish(std::uint64_t id, TransferResult (*result)(TransferHandle&, CURLcode), CURLcode code);
  void cancel_all();
  CURL* take_easy();
  void give_back(CURL* easy);
  [[nodiscard]] std::chrono::milliseconds sleep() const;

  std::size_t most_in_flight_ = 1;
  std::string ca_file_;
  CURLM* multi_ = nullptr;
  int epoll_ = -1;
  int wakeup_ = -1;
  std::atomic<std::uint64_t> last_id_ = 0;

  std::mutex mutex_;
  std::vector<Task> tasks_;  // guarded by mutex_
  bool stopping_ = false;    // guarded by mutex_

  // Of the thread alone.
  bool ending_ = false;
  Timers timers_;
  std::optional<steady_clock::time_point> curl_timer_;
  std::unordered_map<std::uint64_t, Active> active_;
  std::deque<std::unique_ptr<TransferHandle>> waiting_;
  std::vector<CURL*> idle_;
  std::thread thread_;
};

Result<std::unique_ptr<Transfers::Loop>> Transfers::Loop::open(const TransferOptions& options) {
  auto loop = std::make_unique<Loop>();
  loop->most_in_flight_ = allowed_connections(std::max<std::size_t>(options.most_in_flight, 1));
  loop->ca_file_ = options.ca_file;
  loop->multi_ = curl_is_ready() ? curl_multi_init() : nullptr;
  loop->epoll_ = epoll_create1(EPOLL_CLOEXEC);
  loop->wakeup_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = loop->wakeup_;
  if (loop->multi_ == nullptr || loop->epoll_ < 0 || loop->wakeup_ < 0 ||
      epoll_ctl(loop->epoll_, EPOLL_CTL_ADD, loop->wakeup_, &event) != 0)
    return fail(ErrorCode::unavailable, "the system gives no handle for network transfers");
  auto* multi = loop->multi_;
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &Loop::on_socket);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, static_cast<void*>(loop.get()));
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &Loop::on_timer);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, static_cast<void*>(loop.get()));
  curl_multi_setopt(multi, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX));
  // As many streams on a connection as the server allows: libcurl's own limit is 100.
  curl_multi_setopt(multi, CURLMOPT_MAX_CONCURRENT_STREAMS,
                    static_cast<long>(loop->most_in_flight_));
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, static_cast<long>(loop->most_in_flight_));
  return loop;
}

void Transfers::Loop::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  eventfd_write(wakeup_, 1);
  thread_.join();
}

Transfers::Loop::~Loop() {
  for (auto* easy : idle_) curl_easy_cleanup(easy);
  if (multi_ != nullptr) curl_multi_cleanup(multi_);
  if (wakeup_ >= 0) close(wakeup_);
  if (epoll_ >= 0) close(epoll_);
}

void Transfers::Loop::post(Task task) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = tasks_.empty();
    tasks_.push_back(std::move(task));
  }
  if (first) eventfd_write(wakeup_, 1);
}

int Transfers::Loop::on_socket(CURL*, curl_socket_t socket, int what, void* self, void* is_known) {
  auto& loop = *static_cast<Loop*>(self);
  if (what == CURL_POLL_REMOVE) {
    epoll_ctl(loop.epoll_, EPOLL_CTL_DEL, socket, nullptr);
    return 0;
  }
  epoll_event event{};
  event.data.fd = socket;
  if (what != CURL_POLL_OUT) event.events |= EPOLLIN;
  if (what != CURL_POLL_IN) event.events |= EPOLLOUT;
  const int action = is_known != nullptr ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  if (epoll_ctl(loop.epoll_, action, socket, &event) != 0 && action == EPOLL_CTL_ADD)
    epoll_ctl(loop.epoll_, EPOLL_CTL_MOD, socket, &event);
  curl_multi_assign(loop.multi_, socket, self);
  return 0;
}

int Transfers::Loop::on_timer(CURLM*, long wait_ms, void* self) {
  auto& loop = *static_cast<Loop*>(self);
  loop.curl_timer_.reset();
  if (wait_ms >= 0) loop.curl_timer_ = steady_clock::now() + std::chrono::milliseconds(wait_ms);
  return 0;
}

void Transfers::Loop::run() {
  block_broken_pipes();
  while (run_tasks()) {
    run_timers();
    if (curl_timer_ && *curl_timer_ <= steady_clock::now()) {
      curl_timer_.reset();
      act(CURL_SOCKET_TIMEOUT, 0);
    }
    collect();
    begin_waiting();
    wait_for_events();
    collect();
  }
}

// False when all has ended and nothing more is to come.
bool Transfers::Loop::run_tasks() {
  std::vector<Task> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
    ending_ = stopping_;
  }
  for (auto& task : tasks) task();
  if (!ending_) return true;
  cancel_all();
  const std::lock_guard lock(mutex_);
  return !tasks_.empty();  // that callbacks have submitted
}

void Transfers::Loop::run_timers() {
  const auto now = steady_clock::now();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    const auto task = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    task();
  }
}

std::chrono::milliseconds Transfers::Loop::sleep() const {
  auto until = steady_clock::now() + longest_sleep;
  if (!timers_.empty()) until = std::min(until, timers_.begin()->first);
  if (curl_timer_) until = std::min(until, *curl_timer_);
  // Rounded up: a millisecond late is better than a loop that turns until it is time.
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now());
  return std::max(wait, std::chrono::milliseconds(0));
}

void Transfers::Loop::wait_for_events() {
  int wait_ms = static_cast<int>(sleep().count());
  {
    const std::lock_guard lock(mutex_);
    if (!tasks_.empty() || stopping_) wait_ms = 0;
  }
  std::array<epoll_event, events_at_once> events{};
  const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_ms);
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    if (event.data.fd == wakeup_) {
      eventfd_t value = 0;
      eventfd_read(wakeup_, &value);
      continue;
    }
    int what = 0;
    if ((event.events & EPOLLIN) != 0) what |= CURL_CSELECT_IN;
    if ((event.events & EPOLLOUT) != 0) what |= CURL_CSELECT_OUT;
    if ((event.events & (EPOLLERR | EPOLLHUP)) != 0) what |= CURL_CSELECT_ERR;
    act(event.data.fd, what);
  }
}

void Transfers::Loop::act(curl_socket_t socket, int events) {
  int running = 0;
  curl_multi_socket_action(multi_, socket, events, &running);
}

void Transfers::Loop::collect() {
  int left = 0;
  while (const auto* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const auto code = message->data.result;
    void* self = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &self);
    finish(
        static_cast<TransferHandle*>(self)->id(),
        [](TransferHandle& transfer, CURLcode why) { return transfer.result_of(why); }, code);
  }
}

void Transfers::Loop::submit(std::unique_ptr<TransferHandle> transfer) {
  if (const auto checked = transfer->check(); !checked) {
    transfer->callbacks().on_done(
        transfer->ended(TransferEnd::bad_request, checked.error().message));
    return;
  }
  waiting_.push_back(std::move(transfer));
  begin_waiting();
}

void Transfers::Loop::begin_waiting() {
  while (!ending_ && !waiting_.empty() && active_.size() < most_in_flight_) {
    auto transfer = std::move(waiting_.front());
    waiting_.pop_front();
    begin(std::move(transfer));
  }
}

void Transfers::Loop::begin(std::unique_ptr<TransferHandle> transfer) {
  auto* easy = take_easy();
  if (easy == nullptr || !transfer->begin(easy, steady_clock::now(), ca_file_) ||
      curl_multi_add_handle(multi_, easy) != CURLM_OK) {
    auto result = transfer->ended(TransferEnd::connection, "no memory for another request");
    give_back(transfer->release());
    transfer->callbacks().on_done(std::move(result));
    return;
  }
  const auto id = transfer->id();
  transfer->when_enough([this, id] {
    post([this, id] {
      if (active_.contains(id)) watch_deadline(id);
    });
  });
  active_.emplace(id, Active{std::move(transfer), timers_.end()});
  watch_deadline(id);
}

// One timer for each transfer, which moves to the next deadline when this one has lost its meaning.
void Transfers::Loop::watch_deadline(std::uint64_t id) {
  auto& active = active_.at(id);
  if (active.timer != timers_.end()) timers_.erase(active.timer);
  active.timer = timers_.emplace(active.transfer->deadline(), [this, id] {
    auto& late = active_.at(id);
    late.timer = timers_.end();
    if (!late.transfer->is_late(steady_clock::now())) return watch_deadline(id);
    finish(
        id, [](TransferHandle& transfer, CURLcode) { return transfer.late_result(); }, CURLE_OK);
  });
}

void Transfers::Loop::finish(std::uint64_t id, TransferResult (*result)(TransferHandle&, CURLcode),
                             CURLcode code) {
  const auto place = active_.find(id);
  CHECK(place != active_.end());
  const auto active = std::move(place->second);
  active_.erase(place);
  if (active.timer != timers_.end()) timers_.erase(active.timer);
  auto outcome = result(*active.transfer, code);
  curl_multi_remove_handle(multi_, active.transfer->easy());
  give_back(active.transfer->release());
  active.transfer->callbacks().on_done(std::move(outcome));
}

void Transfers::Loop::cancel(std::uint64_t id) {
  if (active_.contains(id))
    return finish(
        id,
        [](TransferHandle& transfer, CURLcode) {
          return transfer.ended(TransferEnd::cancelled, "cancelled");
        },
        CURLE_OK);
  const auto place = std::find_if(waiting_.begin(), waiting_.end(),
                                  [&](const auto& transfer) { return transfer->id() == id; });
  if (place == waiting_.end()) return;
  const auto transfer = std::move(*place);
  waiting_.erase(place);
  transfer->callbacks().on_done(transfer->ended(TransferEnd::cancelled, "cancelled"));
}

void Transfers::Loop::cancel_all() {
  while (!waiting_.empty()) cancel(waiting_.front()->id());
  while (!active_.empty()) cancel(active_.begin()->first);
}

CURL* Transfers::Loop::take_easy() {
  if (idle_.empty()) return curl_easy_init();
  auto* easy = idle_.back();
  idle_.pop_back();
  return easy;
}

void Transfers::Loop::give_back(CURL* easy) {
  if (easy == nullptr) return;
  if (idle_.size() < most_idle_handles)
    idle_.push_back(easy);
  else
    curl_easy_cleanup(easy);
}

Result<std::unique_ptr<Transfers>> Transfers::start(const TransferOptions& options) {
  keep_memory_private();
  CAUSAL_GYM_TRY(loop, Loop::open(options));
  loop->start();
  return std::unique_ptr<Transfers>(new Transfers(std::move(loop)));
}

Transfers::Transfers(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}

// Callbacks reach this object until the thread has ended.
Transfers::~Transfers() { loop_->stop(); }

std::uint64_t Transfers::submit(WireRequest request, Secret key, const TransferLimits& limits,
                                TransferCallbacks callbacks) {
  const auto id = loop_->next_id();
  // std::function needs what can be copied; the task runs once.
  auto transfer =
      std::make_shared<std::unique_ptr<TransferHandle>>(std::make_unique<TransferHandle>(
          id, std::move(request), std::move(key), limits, std::move(callbacks)));
  loop_->post([this, transfer] { loop_->submit(std::move(*transfer)); });
  return id;
}

void Transfers::cancel(std::uint64_t id) {
  loop_->post([this, id] { loop_->cancel(id); });
}

void Transfers::run_soon(Task task) { loop_->post(std::move(task)); }

void Transfers::run_later(std::chrono::nanoseconds delay, Task task) {
  const auto moment = steady_clock::now() + delay;
  loop_->post([this, moment, task = std::move(task)] { loop_->later(moment, task); });
}

}  // namespace causal_gym

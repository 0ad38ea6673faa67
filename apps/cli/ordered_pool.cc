#include "apps/cli/ordered_pool.h"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace causal_gym {

namespace {

constexpr std::size_t in_flight_per_job = 16;

struct Slot {
  std::string line;
  std::optional<std::string> answer;
};

// The lines in flight: the front is the next to be written; `next` is the first that no worker has
// taken.
class LineQueue {
 public:
  explicit LineQueue(std::size_t capacity) : capacity_(capacity) {}

  // Waits for room; false when the sink has gone.
  bool push(std::string line) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return slots_.size() < capacity_ || abandoned_; });
    if (abandoned_) return false;
    slots_.push_back(std::make_shared<Slot>(Slot{std::move(line), std::nullopt}));
    changed_.notify_all();
    return true;
  }

  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

  // The next line to work on, or null when there will be none.
  std::shared_ptr<Slot> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return taken_ < slots_.size() || closed_ || abandoned_; });
    return taken_ < slots_.size() && !abandoned_ ? slots_[taken_++] : nullptr;
  }

  void finish(Slot& slot, std::string answer) {
    const std::lock_guard lock(mutex_);
    slot.answer = std::move(answer);
    changed_.notify_all();
  }

  // Waits for the answer to the oldest line; nullopt when all are written.
  std::optional<std::string> pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock,
                  [&] { return slots_.empty() ? closed_ : slots_.front()->answer.has_value(); });
    if (slots_.empty()) return std::nullopt;
    auto answer = std::move(slots_.front()->answer);
    slots_.pop_front();
    --taken_;
    changed_.notify_all();
    return answer;
  }

  void abandon() {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
    changed_.notify_all();
  }

 private:
  std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Slot>> slots_;
  std::size_t taken_ = 0;
  bool closed_ = false;
  bool abandoned_ = false;
};

void write_answers(LineQueue& queue, const LineSink& sink) {
  while (auto answer = queue.pop())
    if (!sink(*answer)) {
      queue.abandon();
      return;
    }
}

// Threads that are joined, however their scope is left.
class Workers {
 public:
  explicit Workers(LineQueue& queue) : queue_(queue) {}
  ~Workers() {
    queue_.close();
    for (auto& thread : threads_) thread.join();
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  template <class Work>
  void start(Work work) {
    threads_.emplace_back(std::move(work));
  }

 private:
  LineQueue& queue_;
  std::vector<std::thread> threads_;
};

}  // namespace

Status process_lines(std::size_t jobs, const LineSource& source, const LineWork& work,
                     const LineSink& sink, const CancellationToken& cancellation) {
  LineQueue queue(in_flight_per_job * jobs);
  Workers workers(queue);
  for (std::size_t i = 0; i < jobs; ++i)
    workers.start([&queue, &work] {
      while (const auto slot = queue.take()) queue.finish(*slot, work(slot->line));
    });
  workers.start([&queue, &sink] { write_answers(queue, sink); });
  while (!cancellation.cancelled()) {
    CAUSAL_GYM_TRY(line, source());
    if (!line || !queue.push(*std::move(line))) break;
  }
  return {};
}

}  // namespace causal_gym

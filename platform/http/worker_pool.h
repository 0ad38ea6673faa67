// A fixed number of threads that take jobs from a bounded queue, first come, first served.
// Cost: one lock per job.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "platform/http/server_thread.h"

namespace causal_gym {

class WorkerPool {
 public:
  using Job = std::function<void()>;  // must not throw

  // threads >= 1; at most queue_length jobs wait (those that run do not count).
  WorkerPool(std::size_t threads, std::size_t queue_length,
             ServerThread kind = ServerThread::working);
  // Runs every job that was accepted, then joins.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False when the queue is full: the job is not taken. Safe from any thread; never blocks on jobs.
  [[nodiscard]] bool try_submit(Job job);

 private:
  void run();

  const std::size_t queue_length_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace causal_gym

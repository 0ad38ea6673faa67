// The thread that asks, for requests that this process would send, whether others leave room for
// them, at their provider and in the budget, so that neither a slow Redis nor a slow database holds
// up a transfer. Part of ChatClient.
//
// What has queued up while the database was busy is asked as one batch. Cost: one queue and one
// thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "platform/llm/budget.h"
#include "platform/llm/shared_pace.h"

namespace causal_gym {

// `wait_seconds`: until it is worth asking again, unless it is granted or refused. Called on the
// thread, once; must be quick, and must not throw.
using Admitted = std::function<void(const Result<BudgetVerdict>&, double wait_seconds)>;

class Admission {
 public:
  // Either may be empty; the pace outlives it.
  Admission(SharedBudget budget, SharedPace* pace);
  ~Admission();
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  // Whether anybody else is to be asked. False: nothing else may be called.
  [[nodiscard]] bool is_needed() const { return budget_ || pace_ != nullptr; }
  // The following are done in their order; safe from any thread.
  // Asks for the next request of a call, to the provider that `lane` names.
  void ask(const Reservation& reservation, const std::string& lane, Admitted told);
  // A request that was granted has ended, or was not sent.
  void leave(std::uint64_t call, PaceNews news, double wait_seconds);
  // Nothing was sent of a call, and nothing will be.
  void give_back(std::uint64_t call);
  // Does what is queued; nobody is told anything afterwards.
  void end();

 private:
  struct Task {
    Reservation reservation;
    std::string lane;
    Admitted told;  // empty: it has left, or gives back
    PaceNews news = PaceNews::nothing;
    double wait_seconds = 0;
    bool gives_back = false;
  };
  void queue(Task task);
  void run();
  void carry_out(std::vector<Task> batch);
  // False: it was told to wait.
  [[nodiscard]] bool has_place(const Task& task);
  void leave_place(std::uint64_t call, PaceNews news, double wait_seconds);
  void decide(const std::vector<Task>& tasks);
  void renew_places();

  const SharedBudget budget_;
  SharedPace* const pace_;
  const std::string name_;  // of this client, among all
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Task> queue_;  // guarded by mutex_
  bool ending_ = false;      // guarded by mutex_
  // Of the thread.
  std::map<std::uint64_t, PaceTicket> places_;  // by call
  std::chrono::steady_clock::time_point renewed_at_;
  std::thread thread_;  // none when nobody is to be asked
};

}  // namespace causal_gym

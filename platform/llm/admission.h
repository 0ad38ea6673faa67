// The thread that asks, for requests that this process would send, whether others who spend the
// same budget leave enough for them, so that a slow database holds up no transfer. Part of
// ChatClient.
//
// What has queued up while the database was busy is asked as one batch. Cost: one queue and one
// thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "platform/llm/budget.h"

namespace causal_gym {

// Called on the thread, once; must be quick, and must not throw.
using Admitted = std::function<void(const Result<BudgetVerdict>&)>;

class Admission {
 public:
  explicit Admission(SharedBudget budget);
  // Asks what is queued, then joins.
  ~Admission();
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  // Whether anybody else is to be asked. False: nothing else may be called.
  [[nodiscard]] bool is_needed() const { return static_cast<bool>(budget_); }
  // Safe from any thread. In the order of the calls; `told` may be empty.
  void ask(const Reservation& reservation, Admitted told);

 private:
  struct Asked {
    Reservation reservation;
    Admitted told;
  };
  void run();
  void decide(std::vector<Asked> batch) const;

  const SharedBudget budget_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Asked> queue_;  // guarded by mutex_
  bool ending_ = false;       // guarded by mutex_
  std::thread thread_;        // none when nobody is to be asked
};

}  // namespace causal_gym

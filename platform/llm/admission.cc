#include "platform/llm/admission.h"

#include <utility>

namespace causal_gym {

Admission::Admission(SharedBudget budget) : budget_(std::move(budget)) {
  if (budget_) thread_ = std::thread([this] { run(); });
}

Admission::~Admission() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Admission::ask(const Reservation& reservation, Admitted told) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back({reservation, std::move(told)});
  }
  changed_.notify_all();
}

void Admission::run() {
  for (;;) {
    std::vector<Asked> batch;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return ending_ || !queue_.empty(); });
      if (queue_.empty()) return;
      batch.swap(queue_);
    }
    decide(std::move(batch));
  }
}

void Admission::decide(std::vector<Asked> batch) const {
  std::vector<Reservation> reservations;
  reservations.reserve(batch.size());
  for (const auto& asked : batch) reservations.push_back(asked.reservation);
  const auto verdicts = budget_(reservations);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (!batch[i].told) continue;
    if (verdicts)
      batch[i].told((*verdicts)[i]);
    else
      batch[i].told(fail(verdicts.error()));
  }
}

}  // namespace causal_gym

#include "platform/llm/admission.h"

#include <fmt/format.h>

#include <random>
#include <utility>

namespace causal_gym {

namespace {

constexpr double budget_interval = 0.25;  // seconds until it is asked again
constexpr double unavailable_interval = 1;
constexpr std::chrono::duration<double> renewal_interval(SharedPace::renewal_seconds);

std::string new_name() {
  std::random_device chance;
  return fmt::format("{:08x}{:08x}", chance(), chance());
}

}  // namespace

Admission::Admission(SharedBudget budget, SharedPace* pace)
    : budget_(std::move(budget)),
      pace_(pace),
      name_(new_name()),
      renewed_at_(std::chrono::steady_clock::now()) {
  if (is_needed()) thread_ = std::thread([this] { run(); });
}

Admission::~Admission() { end(); }

void Admission::end() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Admission::ask(const Reservation& reservation, const std::string& lane, Admitted told) {
  queue({.reservation = reservation, .lane = lane, .told = std::move(told)});
}

void Admission::leave(std::uint64_t call, PaceNews news, double wait_seconds) {
  if (pace_ != nullptr)
    queue({.reservation = {call},
           .lane = {},
           .told = {},
           .news = news,
           .wait_seconds = wait_seconds});
}

void Admission::give_back(std::uint64_t call) {
  queue({.reservation = {call}, .lane = {}, .told = {}, .gives_back = true});
}

void Admission::queue(Task task) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(task));
  }
  changed_.notify_all();
}

void Admission::run() {
  for (;;) {
    std::vector<Task> batch;
    {
      std::unique_lock lock(mutex_);
      const auto is_news = [this] { return ending_ || !queue_.empty(); };
      if (places_.empty())
        changed_.wait(lock, is_news);
      else
        changed_.wait_for(lock, renewal_interval, is_news);
      if (queue_.empty() && ending_) return;
      batch.swap(queue_);
    }
    carry_out(std::move(batch));
    renew_places();
  }
}

void Admission::carry_out(std::vector<Task> batch) {
  std::vector<Task> to_decide;
  for (auto& task : batch) {
    if (!task.told) leave_place(task.reservation.call, task.news, task.wait_seconds);
    if (task.gives_back || (task.told && has_place(task))) to_decide.push_back(std::move(task));
  }
  if (!to_decide.empty()) decide(to_decide);
}

bool Admission::has_place(const Task& task) {
  if (pace_ == nullptr) return true;
  const auto call = task.reservation.call;
  const PaceTicket ticket = {task.lane, fmt::format("{}-{}", name_, call)};
  const double wait = pace_->enter(ticket);
  if (wait <= 0)
    places_.insert_or_assign(call, ticket);
  else
    task.told(BudgetVerdict{BudgetAnswer::wait, "others ask this provider", {}}, wait);
  return wait <= 0;
}

void Admission::leave_place(std::uint64_t call, PaceNews news, double wait_seconds) {
  const auto place = places_.find(call);
  if (place == places_.end()) return;
  pace_->leave(place->second, news, wait_seconds);
  places_.erase(place);
}

void Admission::decide(const std::vector<Task>& tasks) {
  Result<std::vector<BudgetVerdict>> verdicts = std::vector<BudgetVerdict>(tasks.size());
  if (budget_) {
    std::vector<Reservation> reservations;
    reservations.reserve(tasks.size());
    for (const auto& task : tasks) reservations.push_back(task.reservation);
    verdicts = budget_(reservations);
  }
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const auto& task = tasks[i];
    if (!task.told) continue;
    const auto verdict = verdicts ? Result<BudgetVerdict>((*verdicts)[i])
                                  : Result<BudgetVerdict>(fail(verdicts.error()));
    if (!verdict || verdict->answer != BudgetAnswer::granted)
      leave_place(task.reservation.call, PaceNews::nothing, 0);
    task.told(verdict, verdict ? budget_interval : unavailable_interval);
  }
}

void Admission::renew_places() {
  const auto now = std::chrono::steady_clock::now();
  if (now - renewed_at_ < renewal_interval) return;
  renewed_at_ = now;
  for (const auto& [call, ticket] : places_) pace_->renew(ticket);
}

}  // namespace causal_gym

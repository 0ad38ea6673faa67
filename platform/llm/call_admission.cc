// The part of CallFlow that asks whether others who spend the same budget leave enough.
#include <chrono>
#include <utility>

#include "platform/llm/admission.h"
#include "platform/llm/call_state.h"

namespace causal_gym {

namespace {

constexpr double shared_budget_interval = 0.25;  // seconds until others are asked again
constexpr double unavailable_interval = 1;

}  // namespace

// It has its place in the lane while it is asked for; nothing else ends it until the answer comes,
// by which it is known whether anything is reserved.
void CallFlow::ask_others(const CallPointer& call) {
  call->is_asking = true;
  ++call->lane.in_flight;
  Reservation reservation{call->prepared.id, {}, call->worst};
  for (const auto& attempt : call->exchange().attempts)
    reservation.so_far = sum_of(reservation.so_far, attempt.charge);
  admission_.ask(reservation, [this, call](const Result<BudgetVerdict>& verdict) {
    transfers_->run_soon([this, call, verdict] { on_admitted(call, verdict); });
  });
}

void CallFlow::on_admitted(const CallPointer& call, const Result<BudgetVerdict>& verdict) {
  call->is_asking = false;
  auto& lane = call->lane;
  --lane.in_flight;
  const auto ended = ended_meanwhile(*call);
  if (verdict && verdict->answer == BudgetAnswer::granted && !ended) return send(call);
  {
    const std::lock_guard lock(budget_mutex_);
    budget_.settle(call->worst, {});
  }
  // What has attempts is recorded, which settles it.
  if (ended && call->exchange().attempts.empty()) admission_.ask({call->prepared.id}, {});
  if (ended)
    finish(call, *ended);
  else if (!verdict && verdict.error().code != ErrorCode::unavailable)
    finish(call, failure_of_budget(error_text(verdict.error()), {}));
  else if (!verdict || verdict->answer == BudgetAnswer::wait)
    hold(call, verdict ? shared_budget_interval : unavailable_interval);
  else
    finish(call, failure_of_budget(verdict->reason, verdict->option));
  if (budget_is_awaited_)
    send_all_waiting();
  else
    send_waiting(lane);
}

// Others would be told the same: the whole lane waits.
void CallFlow::hold(const CallPointer& call, double seconds) {
  auto& lane = call->lane;
  lane.ready.push_front(call);
  if (lane.held) return;
  lane.held = true;
  const std::chrono::duration<double> pause(seconds);
  transfers_->run_later(std::chrono::duration_cast<std::chrono::nanoseconds>(pause), [this, &lane] {
    lane.held = false;
    send_waiting(lane);
  });
}

std::optional<ChatFailure> CallFlow::ended_meanwhile(const Call& call) const {
  if (call.cancelled || closed_)
    return failure_of_ours(FailureKind::cancelled, "cancelled before it was sent");
  if (const auto* why = stopped(call)) return *why;
  if (call.deadline_seconds && now_seconds() >= *call.deadline_seconds)
    return failure_of_ours(FailureKind::timeout, time_of_call_is_used_up);
  return std::nullopt;
}

}  // namespace causal_gym

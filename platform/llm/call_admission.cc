// The part of CallFlow that asks whether others, who spend the same budget and ask the same
// provider, leave room.
#include <algorithm>
#include <chrono>
#include <utility>

#include "platform/llm/admission.h"
#include "platform/llm/call_state.h"

namespace causal_gym {

// It has its place in the lane while it is asked for; nothing else ends it until the answer comes,
// by which it is known whether anything is reserved.
void CallFlow::ask_others(const CallPointer& call) {
  call->is_asking = true;
  ++call->lane.in_flight;
  Reservation reservation{call->prepared.id, {}, call->worst};
  for (const auto& attempt : call->exchange().attempts)
    reservation.so_far = sum_of(reservation.so_far, attempt.charge);
  admission_.ask(reservation, call->lane.name,
                 [this, call](const Result<BudgetVerdict>& verdict, double wait_seconds) {
                   transfers_->run_soon([this, call, verdict, wait_seconds] {
                     on_admitted(call, verdict, wait_seconds);
                   });
                 });
}

void CallFlow::on_admitted(const CallPointer& call, const Result<BudgetVerdict>& verdict,
                           double wait_seconds) {
  call->is_asking = false;
  auto& lane = call->lane;
  --lane.in_flight;
  const auto ended = ended_meanwhile(*call);
  if (verdict && verdict->answer == BudgetAnswer::granted && !ended) return send(call);
  {
    const std::lock_guard lock(budget_mutex_);
    budget_.settle(call->worst, {});
  }
  if (ended) admission_.leave(call->prepared.id, PaceNews::nothing, 0);
  // What has attempts is recorded, which settles it.
  if (ended && call->exchange().attempts.empty()) admission_.give_back(call->prepared.id);
  if (ended)
    finish(call, *ended);
  else if (!verdict && verdict.error().code != ErrorCode::unavailable)
    finish(call, failure_of_budget(error_text(verdict.error()), {}));
  else if (!verdict || verdict->answer == BudgetAnswer::wait)
    hold(call, wait_seconds);
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

void CallFlow::tell_others(const Call& call, const ChatOutcome& outcome) const {
  if (!admission_.is_needed()) return;
  auto news = PaceNews::nothing;
  double wait_seconds = 0;
  const auto* failure = std::get_if<ChatFailure>(&outcome);
  if (failure == nullptr) {
    news = PaceNews::answered;
  } else if (failure->kind == FailureKind::rate_limited) {
    news = PaceNews::limited;
    wait_seconds = std::max(0.0, failure->retry_after.value_or(0));
    // Whoever is asked to wait for longer does not wait at all.
    if (wait_seconds > options_.retry.most_wait_seconds) wait_seconds = 0;
  } else if (is_transient(failure->kind)) {
    news = PaceNews::troubled;
  }
  admission_.leave(call.prepared.id, news, wait_seconds);
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

// The way of each call through attempts, waits and fallbacks, on the thread of the transfers, which
// alone touches this state. Part of ChatClient.
//
// A lane is a provider at a base URL: it has a width, and stops as a whole when its quota is used
// up, its key refused, or calls in a row failed by an outage; one of its models stops when there is
// no such model. Cost: constant for
// each event of a call; what stops looks at all calls.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "platform/llm/admission.h"
#include "platform/llm/chat_client.h"
#include "platform/llm/delivery.h"
#include "platform/llm/transfer_outcome.h"

namespace causal_gym {

// A call that was encoded with what its provider offers before anything was refused.
struct PreparedCall {
  std::uint64_t id = 0;
  ChatCall call;
  ChatDone done;
  WireRequest wire;
  Exchange exchange;
  double begun_seconds = 0;  // of the steady clock
};

class CallFlow {
 public:
  // All outlive it. The transfers are set before the first call.
  CallFlow(const ChatClientOptions& options, const Clock& clock, Delivery& delivery,
           Admission& admission);
  ~CallFlow();
  CallFlow(const CallFlow&) = delete;
  CallFlow& operator=(const CallFlow&) = delete;

  void use(Transfers& transfers) { transfers_ = &transfers; }

  // On the thread of the transfers.
  void add(PreparedCall prepared);
  void cancel(std::uint64_t id);
  void cancel_all();

  [[nodiscard]] Spending spending() const;  // safe from any thread
  [[nodiscard]] double now_seconds() const;

 private:
  struct Lane;
  struct Call;
  using CallPointer = std::shared_ptr<Call>;

  Lane& lane_of(const ChatCall& call);
  void send_waiting(Lane& lane);
  void send_all_waiting();
  [[nodiscard]] BudgetVerdict reserve(const Charge& worst);
  void ask_others(const CallPointer& call);
  void on_admitted(const CallPointer& call, const Result<BudgetVerdict>& verdict,
                   double wait_seconds);
  void hold(const CallPointer& call, double seconds);
  // Why the call is not to be sent any more; nothing: it is.
  [[nodiscard]] std::optional<ChatFailure> ended_meanwhile(const Call& call) const;
  void send(const CallPointer& call);
  [[nodiscard]] double seconds_left(const Call& call) const;  // of its time and of the budget's
  [[nodiscard]] TransferLimits limits_of(const Call& call) const;
  [[nodiscard]] WireRequest traced(const Call& call) const;

  void on_done(const CallPointer& call, TransferResult result);
  [[nodiscard]] ChatOutcome outcome_of(Call& call, TransferResult& result) const;
  void note_attempt(Call& call, const TransferResult& result, const ChatOutcome& outcome);
  void settle(Call& call, const TransferResult& result, const ChatOutcome& outcome);
  void tell_width(Lane& lane, const ChatOutcome& outcome) const;
  void tell_others(const Call& call, const ChatOutcome& outcome) const;
  void decide(const CallPointer& call, ChatOutcome outcome);
  bool fall_back(const CallPointer& call, const ChatFailure& failure);
  void retry_or_finish(const CallPointer& call, ChatFailure failure);
  void wait_and_retry(const CallPointer& call, double wait_seconds, const ChatFailure& failure);
  void make_ready(std::uint64_t id);
  // Why nothing more is sent to the call's provider or model; null: it is.
  [[nodiscard]] static const ChatFailure* stopped(const Call& call);
  void stop(const CallPointer& call, ChatFailure failure);
  void finish(const CallPointer& call, ChatOutcome outcome);
  void watch_cancellation();

  const ChatClientOptions& options_;
  const Clock& clock_;
  Delivery& delivery_;
  Admission& admission_;
  Transfers* transfers_ = nullptr;
  mutable std::mutex budget_mutex_;
  Budget budget_;  // guarded by budget_mutex_
  std::map<std::pair<std::string, std::string>, std::unique_ptr<Lane>> lanes_;
  std::map<std::pair<const Lane*, std::string>, ChatCapabilities> remembered_;  // by model
  std::unordered_map<std::uint64_t, CallPointer> calls_;
  bool closed_ = false;  // cancel_all was called
  bool budget_is_awaited_ = false;
  bool watching_ = false;
};

}  // namespace causal_gym

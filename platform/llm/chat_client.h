// Chats with providers, thousands at a time: each call is encoded, looked up in the cache, paid for
// from the budget, sent, tried again where that can help, recorded, and told, exactly once.
//
// One thread drives the network and all decisions; a second one records and calls back. Every size,
// count and time has a limit in the options. Cost: under 0.1 ms of processor time a call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/cancellation.h"
#include "engine/base/result.h"
#include "platform/llm/budget.h"
#include "platform/llm/chat_carrier.h"
#include "platform/llm/exchange.h"
#include "platform/llm/prices.h"
#include "platform/llm/retry.h"
#include "platform/llm/shared_pace.h"
#include "platform/llm/transfer.h"
#include "platform/llm/width.h"
#include "platform/llm/wire.h"
#include "platform/telemetry/clock.h"
#include "platform/telemetry/log.h"
#include "platform/telemetry/trace_context.h"

namespace causal_gym {

// One request of a call, answered or failed: what it was and which attempt of the call, from 1.
// Called on the client's thread; must be quick, and must not throw.
using AttemptObserver =
    std::function<void(const ChatCall& call, const ExchangeAttempt& attempt, std::size_t number)>;

struct ChatClientOptions {
  RetryOptions retry;
  // So many calls in a row that an outage ended after all their attempts: the provider is left
  // alone.
  int most_failures = 3;
  WidthOptions width;  // of each provider and base URL
  BudgetLimits budget;
  Spending spent_before;  // by the same run; counts against the budget
  // Asked before each request, when others spend the same budget; may be empty. What it said is
  // settled by the exchange's `call`, or asked for no longer.
  SharedBudget shared_budget;
  SharedPace* pace = nullptr;  // of requests to providers, with other clients; outlives the client
  PriceTable prices = PriceTable::built_in();
  TransferLimits attempt;                      // of each request
  std::optional<double> call_seconds;          // from a call's first request on, waits included
  std::uint64_t seed = 0;                      // of the jitter
  std::size_t most_calls = 100'000;            // submitted and not yet done
  std::size_t most_recorded_bytes = 16 << 20;  // of a response in its exchange
  ExchangeSink sink;                           // may be empty
  ExchangeCache cache;                         // may be empty
  std::string ca_file;                         // as TransferOptions::ca_file
  CancellationToken cancellation;              // raised: as cancel_all, within 50 ms
  AttemptObserver observer;                    // may be empty
  // Of what the calls are made for: each request goes out as a span of it (traceparent,
  // tracestate).
  std::optional<TraceContext> trace;
  Logger* log = nullptr;  // outlives the client
};

// The call as the table of prices knows it; views the call.
[[nodiscard]] PricedModel priced_model(const ChatCall& call);

// What one request of this call may cost at most.
[[nodiscard]] Charge worst_charge(const ChatCall& call, const WireRequest& wire,
                                  const PriceTable& prices);

// What the call costs at most with so many tokens, in USD; nothing when its price is not known.
[[nodiscard]] std::optional<double> worst_cost(const ChatCall& call, std::int64_t input_tokens,
                                               std::int64_t output_tokens,
                                               const PriceTable& prices);

class ChatClient {
 public:
  // The clock outlives the client. Errors: invalid_argument, naming the option; unavailable.
  [[nodiscard]] static Result<std::unique_ptr<ChatClient>> start(ChatClientOptions options,
                                                                 const Clock& clock);
  // As cancel_all, then waits until all is told. Not from a callback.
  ~ChatClient();
  ChatClient(const ChatClient&) = delete;
  ChatClient& operator=(const ChatClient&) = delete;

  // All are safe from any thread.
  // On the client's second thread; `done` may submit further calls, and must not throw.
  // Errors: invalid_argument (no provider); limit_exceeded (most_calls).
  Result<std::uint64_t> submit(ChatCall call, ChatDone done);
  // A call that waits ends at once; one under way is broken off, unless its reply is there already.
  void cancel(std::uint64_t id);
  // All calls, and those submitted from now on.
  void cancel_all();
  // Until every call is told; not from a callback.
  void wait() const;

  [[nodiscard]] std::size_t outstanding() const;
  [[nodiscard]] Spending spending() const;  // with what was spent before

 private:
  struct Parts;
  explicit ChatClient(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace causal_gym

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
#include "platform/llm/chat.h"
#include "platform/llm/exchange.h"
#include "platform/llm/prices.h"
#include "platform/llm/retry.h"
#include "platform/llm/transfer.h"
#include "platform/llm/width.h"
#include "platform/llm/wire.h"
#include "platform/telemetry/clock.h"
#include "platform/telemetry/log.h"

namespace causal_gym {

struct ChatClientOptions {
  RetryOptions retry;
  WidthOptions width;  // of each provider and base URL
  BudgetLimits budget;
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
  Logger* log = nullptr;                       // outlives the client
};

struct ChatCall {
  const Provider* provider = nullptr;  // outlives the client
  Endpoint endpoint;
  ChatRequest request;
  CallKey key;
};

struct ChatResult {
  ChatOutcome outcome;
  Exchange exchange;
  Status recorded;  // what the sink said
};

// Runs on the client's second thread; may submit further calls; must not throw.
using ChatDone = std::function<void(ChatResult)>;

// What one request of this call may cost at most.
[[nodiscard]] Charge worst_charge(const ChatCall& call, const WireRequest& wire,
                                  const PriceTable& prices);

struct Spending {
  Charge spent;  // its cost: of the requests whose price is known
  std::int64_t calls_of_unknown_cost = 0;
};

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
  // `done` is called exactly once when this is a value, and never otherwise.
  // Errors: invalid_argument (no provider); limit_exceeded (most_calls).
  Result<std::uint64_t> submit(ChatCall call, ChatDone done);
  // A call that waits ends at once; one under way is broken off, unless its reply is there already.
  void cancel(std::uint64_t id);
  // All calls, and those submitted from now on.
  void cancel_all();
  // Until every call is told; not from a callback.
  void wait() const;

  [[nodiscard]] std::size_t outstanding() const;
  [[nodiscard]] Spending spending() const;

 private:
  struct Parts;
  explicit ChatClient(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace causal_gym

// The seam to what carries a chat to an outcome: the client over a network, or what is on record.
#pragma once

#include <cstdint>
#include <functional>

#include "platform/llm/chat.h"
#include "platform/llm/exchange.h"
#include "platform/llm/wire.h"

namespace causal_gym {

struct ChatCall {
  const Provider* provider = nullptr;  // outlives the carrier
  Endpoint endpoint;
  ChatRequest request;
  CallKey key;
};

struct ChatResult {
  ChatOutcome outcome;
  Exchange exchange;
  Status recorded;  // what the sink said
};

using ChatDone = std::function<void(ChatResult)>;

// Gives the call's number. `done` is called exactly once, from any thread, also before this
// returns, when this is a value, and never otherwise.
using ChatCarrier = std::function<Result<std::uint64_t>(ChatCall call, ChatDone done)>;

}  // namespace causal_gym

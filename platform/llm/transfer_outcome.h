// What came of a request on the wire, as a chat's outcome. Part of ChatClient.
//
// Cost: linear in the response.
#pragma once

#include <memory>
#include <string>

#include "platform/llm/chat.h"
#include "platform/llm/exchange.h"
#include "platform/llm/secret.h"
#include "platform/llm/transfer.h"
#include "platform/llm/wire.h"

namespace causal_gym {

[[nodiscard]] ChatFailure failure_of_ours(FailureKind kind, std::string message);
// `option`: that raises the budget; empty where none does.
[[nodiscard]] ChatFailure failure_of_budget(std::string message, std::string option);

// A response as its codec reads it, streamed or not.
[[nodiscard]] ChatOutcome read_response(const Provider& provider, bool stream,
                                        const WireResponse& response);

// `reader`: of what was streamed; may be null. The key is masked in the outcome and in the result.
[[nodiscard]] ChatOutcome transfer_outcome(const Provider& provider, const Secret& key,
                                           std::unique_ptr<ChatStreamReader> reader,
                                           TransferResult& result);

// Writes what the outcome says into the exchange.
void write_outcome(const ChatOutcome& outcome, Exchange& exchange);

}  // namespace causal_gym

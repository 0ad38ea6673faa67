// Ollama's own interface.
//
// Source: https://github.com/ollama/ollama/blob/main/docs/api.md. Cost: linear in what is said.
#pragma once

#include <cstdint>
#include <memory>

#include "platform/llm/wire.h"

namespace causal_gym {

// The context that a request needs, as options.num_ctx: Ollama cuts a longer prompt without a word.
// A power of two, as a change of it loads the model anew, from 4,096 to 131,072 tokens; a token is
// taken for two bytes.
[[nodiscard]] std::int64_t ollama_context_tokens(const ChatRequest& request);

// To {base}/api/chat. There is no tool_choice.
[[nodiscard]] WireRequest encode_ollama(const ChatRequest& request, const Endpoint& endpoint,
                                        const ChatCapabilities& capabilities);
// Calls without an id are named call_0, call_1, ... in their order.
[[nodiscard]] ChatOutcome decode_ollama(const WireResponse& response);
// A JSON object a line; complete at the one with "done": true.
[[nodiscard]] std::unique_ptr<ChatStreamReader> ollama_stream_reader();

}  // namespace causal_gym

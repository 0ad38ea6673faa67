// OpenAI's Chat Completions, which Azure and compatible servers (vLLM, llama.cpp, gateways) speak
// too.
//
// Source: https://platform.openai.com/docs/api-reference/chat. Cost: linear in what is said.
#pragma once

#include <memory>

#include "platform/llm/failure_kinds.h"
#include "platform/llm/wire.h"
#include "platform/llm/wire_json.h"

namespace causal_gym {

// The request's body, which is the same wherever it goes.
[[nodiscard]] WrittenJson openai_chat_body(const ChatRequest& request,
                                           const ChatCapabilities& capabilities);

// To {base}/chat/completions.
[[nodiscard]] WireRequest encode_openai_chat(const ChatRequest& request, const Endpoint& endpoint,
                                             const ChatCapabilities& capabilities);
[[nodiscard]] ChatOutcome decode_openai_chat(const WireResponse& response);
// The same with another reading of quota codes.
[[nodiscard]] ChatOutcome decode_openai_chat(const WireResponse& response, QuotaMeaning meaning);
// Complete at "[DONE]".
[[nodiscard]] std::unique_ptr<ChatStreamReader> openai_chat_stream_reader();

// What OpenAI's two interfaces share.
[[nodiscard]] WireRequest openai_request(std::string url, const Endpoint& endpoint,
                                         const WrittenJson& body);
[[nodiscard]] std::string tool_choice_word(ToolChoice choice);  // "auto", "required", "none"

}  // namespace causal_gym

// OpenAI's Responses, which Azure speaks too. Requests are stateless: nothing is stored at the
// provider.
//
// Source: https://platform.openai.com/docs/api-reference/responses. Cost: linear in what is said.
#pragma once

#include <memory>

#include "platform/llm/failure_kinds.h"
#include "platform/llm/wire.h"
#include "platform/llm/wire_json.h"

namespace causal_gym {

// The request's body, which is the same wherever it goes. The interface has no seed.
[[nodiscard]] WrittenJson openai_responses_body(const ChatRequest& request,
                                                const ChatCapabilities& capabilities);

// To {base}/responses.
[[nodiscard]] WireRequest encode_openai_responses(const ChatRequest& request,
                                                  const Endpoint& endpoint,
                                                  const ChatCapabilities& capabilities);
[[nodiscard]] ChatOutcome decode_openai_responses(const WireResponse& response);
// The same with another reading of quota codes.
[[nodiscard]] ChatOutcome decode_openai_responses(const WireResponse& response,
                                                  QuotaMeaning meaning);
// Complete at response.completed, .incomplete or .failed, each of which carries the whole response:
// what came before it is not needed.
[[nodiscard]] std::unique_ptr<ChatStreamReader> openai_responses_stream_reader();

}  // namespace causal_gym

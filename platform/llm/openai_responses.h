// OpenAI's Responses. Requests are stateless: nothing is stored at the provider.
//
// Source: https://platform.openai.com/docs/api-reference/responses. Cost: linear in what is said.
#pragma once

#include <memory>

#include "platform/llm/wire.h"

namespace causal_gym {

// To {base}/responses. The interface has no seed.
[[nodiscard]] WireRequest encode_openai_responses(const ChatRequest& request,
                                                  const Endpoint& endpoint,
                                                  const ChatCapabilities& capabilities);
[[nodiscard]] ChatOutcome decode_openai_responses(const WireResponse& response);
// Complete at response.completed, .incomplete or .failed, each of which carries the whole response:
// what came before it is not needed.
[[nodiscard]] std::unique_ptr<ChatStreamReader> openai_responses_stream_reader();

}  // namespace causal_gym

// Azure OpenAI: Chat Completions behind other addresses, another key header, and a content filter
// of its own. The model's name is that of a deployment.
//
// Source: https://learn.microsoft.com/azure/ai-foundry/openai/reference. Cost: as openai_chat.h.
#pragma once

#include <memory>

#include "platform/llm/wire.h"

namespace causal_gym {

// With Endpoint::api_version a date ("2024-10-21"): to
// {base}/openai/deployments/{deployment}/chat/completions?api-version=DATE. With none, or "v1", or
// a base that ends in /openai/v1: to {base}/openai/v1/chat/completions, the deployment being the
// model in the body.
[[nodiscard]] WireRequest encode_azure(const ChatRequest& request, const Endpoint& endpoint,
                                       const ChatCapabilities& capabilities);
// A prompt that the content filter stopped (a 400) is a filtered reply. insufficient_quota with a
// Retry-After of at most an hour is the limit of a minute: rate_limited.
[[nodiscard]] ChatOutcome decode_azure(const WireResponse& response);

}  // namespace causal_gym

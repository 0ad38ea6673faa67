// Azure OpenAI: Chat Completions and Responses behind other addresses, another key header, and a
// content filter of its own. The model's name is that of a deployment.
//
// Source: https://learn.microsoft.com/azure/ai-foundry/openai/reference and
// .../api-version-lifecycle. Cost: as openai_chat.h and openai_responses.h.
#pragma once

#include <string_view>

#include "platform/llm/wire.h"

namespace causal_gym {

// What Endpoint::api_version chooses:
//   a date ("2024-10-21")  {base}/openai/deployments/{deployment}/chat/completions?api-version=DATE
//                          {base}/openai/responses?api-version=DATE
//   none, "v1"             {base}/openai/v1/{chat/completions|responses}
//   "preview"              the same with ?api-version=preview
// A base that ends in /openai/v1 means the latter two, whatever the date. The deployment is the
// model in the body.
[[nodiscard]] WireRequest encode_azure(const ChatRequest& request, const Endpoint& endpoint,
                                       const ChatCapabilities& capabilities);
[[nodiscard]] WireRequest encode_azure_responses(const ChatRequest& request,
                                                 const Endpoint& endpoint,
                                                 const ChatCapabilities& capabilities);
// A prompt that the content filter stopped (a 400) is a filtered reply. insufficient_quota with a
// Retry-After of at most an hour is the limit of a minute: rate_limited.
[[nodiscard]] ChatOutcome decode_azure(const WireResponse& response);
[[nodiscard]] ChatOutcome decode_azure_responses(const WireResponse& response);

// A date, with or without "-preview" behind it, "v1", "preview", or nothing.
[[nodiscard]] bool is_azure_version(std::string_view version);

}  // namespace causal_gym

// Anthropic's Messages, in both versions that are live: 2023-06-01 with the header x-api-key, and
// 2026-10-21 with Authorization: Bearer.
//
// Source: https://docs.anthropic.com/en/api/messages and /messages-streaming. Cost: linear in what
// is said.
#pragma once

#include <memory>
#include <string_view>

#include "platform/llm/wire.h"

namespace causal_gym {

inline constexpr std::string_view anthropic_version_with_api_key = "2023-06-01";  // the default
inline constexpr std::string_view anthropic_version_with_bearer = "2026-10-21";

// To {base}/v1/messages; a base that ends in /v1 is taken as it is. Everything the system says
// stands at the top. A tool's results come first in the user's turn that follows the call.
[[nodiscard]] WireRequest encode_anthropic(const ChatRequest& request, const Endpoint& endpoint,
                                           const ChatCapabilities& capabilities);
// The usage's input counts what was read from a cache or written to it.
[[nodiscard]] ChatOutcome decode_anthropic(const WireResponse& response);
// Complete at message_stop.
[[nodiscard]] std::unique_ptr<ChatStreamReader> anthropic_stream_reader();

}  // namespace causal_gym

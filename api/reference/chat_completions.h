// OpenAI's POST /v1/chat/completions, answered by the built-in agents.
// Source: OpenAI API reference, "Chat" (https://platform.openai.com/docs/api-reference/chat).
#pragma once

#include <cstdint>
#include <string_view>

#include "api/reference/wire_answer.h"

namespace causal_gym {

// `now`: seconds since 1970, for "created". Fields that it does not know are passed over; logprobs
// are refused, as the agents have none.
[[nodiscard]] WireAnswer answer_chat_completions(std::string_view body, std::int64_t now);

}  // namespace causal_gym

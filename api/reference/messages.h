// Anthropic's POST /v1/messages, answered by the built-in agents; the same for both living versions
// of the API.
// Source: Anthropic API reference, "Messages" (https://docs.anthropic.com/en/api/messages).
#pragma once

#include <string_view>

#include "api/reference/wire_answer.h"

namespace causal_gym {

// `request_id`: for the body of an error.
[[nodiscard]] WireAnswer answer_messages(std::string_view body, std::string_view request_id);

}  // namespace causal_gym

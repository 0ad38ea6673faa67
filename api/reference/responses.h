// OpenAI's POST /v1/responses, answered by the built-in agents.
// Source: OpenAI API reference, "Responses"
// (https://platform.openai.com/docs/api-reference/responses).
#pragma once

#include <cstdint>
#include <string_view>

#include "api/reference/wire_answer.h"

namespace causal_gym {

// `now`: seconds since 1970, for "created_at". Nothing is stored: a request that goes on from a
// stored response is refused.
[[nodiscard]] WireAnswer answer_responses(std::string_view body, std::int64_t now);

}  // namespace causal_gym

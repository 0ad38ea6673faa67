// Where a clause begins that says something of its own: at the start of a sentence or of a line,
// after "so" or "I think that", after a condition that changes nothing ("Given smoke=1, ...").
// Cost: constant; it looks back over no more than longest_free_text tokens.
#pragma once

#include <cstddef>

#include "gym/agent/reply_token.h"

namespace causal_gym {

[[nodiscard]] bool begins_clause(const ReplyTokens& tokens, std::size_t i, const AskedQuery& asked);

// Past marks and words that only open a reply: "=>", "Thus", "So".
[[nodiscard]] std::size_t past_opening(const ReplyTokens& tokens, std::size_t i);

}  // namespace causal_gym

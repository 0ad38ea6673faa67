// What may stand unread inside a statement: a condition before it ("Given smoke=1, ..."), what its
// noun is of ("the probability that the alarm is on"). Cost: linear in the part.
#pragma once

#include <cstddef>

#include "gym/agent/reply_token.h"

namespace causal_gym {

inline constexpr std::size_t longest_free_text = 40;  // tokens

// Nothing from `begin` to `end` denies, doubts, tells of another case, or names a number or a term
// but a state that the query may have.
[[nodiscard]] bool is_harmless(const ReplyTokens& tokens, std::size_t begin, std::size_t end,
                               const AskedQuery& asked);
// Does a word of it deny, doubt or tell of another case?
[[nodiscard]] bool has_doubt(const ReplyTokens& tokens, std::size_t begin, std::size_t end);

// Does the number at token `i` say what state something is in: "smoke=1", "set to 1"?
[[nodiscard]] bool is_state(const ReplyTokens& tokens, std::size_t i);

// Where the sentence that holds token `i` begins and ends; no further away than longest_free_text.
[[nodiscard]] std::size_t sentence_begin(const ReplyTokens& tokens, std::size_t i);
[[nodiscard]] std::size_t sentence_end(const ReplyTokens& tokens, std::size_t i);

}  // namespace causal_gym

// Whether a reply says something else than the number it states: another number, or that it takes
// the number back. Cost: linear in the text, times the logarithm of the numbers that arithmetic
// uses.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "gym/agent/number_phrase.h"
#include "gym/agent/reply_token.h"
#include "gym/agent/statement.h"

namespace causal_gym {

// Why a number of the tokens from `first` on speaks against `number`; nothing when none does. No
// rival is one that says the same, that stands in one of `statements` or in a state ("smoke=1"),
// the number of a step, or one that the statements come from by arithmetic.
[[nodiscard]] std::optional<std::string_view> find_rival(const ReplyTokens& tokens,
                                                         std::size_t first,
                                                         const StatedNumber& number,
                                                         const std::vector<Statement>& statements);

// Does a part of a reply (of plain_reply) take back what was said before it?
[[nodiscard]] bool takes_back(std::string_view part);

// Does it decline to answer?
[[nodiscard]] bool declines(std::string_view part);

}  // namespace causal_gym

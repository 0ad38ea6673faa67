// Numbers in English words: "one in four", "three quarters", "half", "eighty-five percent",
// "fifty-fifty", "zero point eight", and "50/50" in digits. Cost: constant.
#pragma once

#include <cstddef>
#include <optional>

#include "gym/agent/reply_token.h"

namespace causal_gym {

struct WordNumber {
  double value = 0;
  std::size_t end = 0;  // past its last token
};

// The one that begins at token `i`. "One" and "two" alone count things; only "zero" is a number.
[[nodiscard]] std::optional<WordNumber> read_number_words(const ReplyTokens& tokens, std::size_t i);

}  // namespace causal_gym

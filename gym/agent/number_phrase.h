// A number as it is stated: softened ("about"), in marks, restated ("2/5 = 0.4 (40%)"), corrected
// ("not 0.2 but 0.9"), led to by arithmetic ("0.6 * 0.5 = 0.3"), and what may follow it. Cost:
// linear in what it takes.
#pragma once

#include <cstddef>
#include <optional>

#include "gym/agent/reply_token.h"

namespace causal_gym {

// Which words are numbers here besides "zero" and "one".
enum class NumberWords { few, all, all_and_judgements };  // judgements: "certain"

// What the arithmetic that leads to a number may hold: terms only where it is what the asked query
// equals, as "P(y) = 0.3" is of P(y).
enum class Arithmetic { none, numbers, terms };

struct StatedNumber {
  double value = 0;
  double slack = 0;            // half a unit of its last decimal
  std::size_t begin = 0;       // tokens, the arithmetic included
  std::size_t arithmetic = 0;  // past its last token; `begin` when there is none
  std::size_t end = 0;
};

// The number that begins at token `i`; nothing when something else does, or when it is restated or
// corrected by another one that does not fit.
[[nodiscard]] std::optional<StatedNumber> read_stated_number(const ReplyTokens& tokens,
                                                             std::size_t i, NumberWords words,
                                                             Arithmetic arithmetic,
                                                             const AskedQuery& asked);

// Past what belongs to the number before token `i` in its sentence: its end, "because ...",
// "(rounded to 2 decimals)", "chance of rain". Nothing when what follows changes its meaning.
[[nodiscard]] std::optional<std::size_t> past_tail(const ReplyTokens& tokens, std::size_t i,
                                                   const AskedQuery& asked);

// Past "(rounded to 2 decimals)", "to 3 d.p."; `i` when no such note is there.
[[nodiscard]] std::size_t past_rounding_note(const ReplyTokens& tokens, std::size_t i);

// Do the two say the same, one perhaps rounded?
[[nodiscard]] bool are_same_number(double a, double a_slack, double b, double b_slack);

// Past the arithmetic from token `i`: numbers, terms, operators, brackets, "=" and "~".
[[nodiscard]] std::size_t past_arithmetic(const ReplyTokens& tokens, std::size_t i);

}  // namespace causal_gym

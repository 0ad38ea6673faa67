// Every number in a reply, each with its value or with the reason why it is not a belief.
//
// `text` is of plain_reply. Forms: decimals with a point or a comma, scientific notation,
// percentages, fractions, "1 in 4" and "3 out of 4". Cost: linear in the text.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "gym/environment/belief.h"

namespace causal_gym {

// readable: it has a value. arithmetic: a part of a calculation, or of a range. unreadable: it has
// none, or is about something else.
enum class MentionKind { readable, arithmetic, unreadable };

struct NumberMention {
  std::size_t begin = 0;  // bytes of the text
  std::size_t end = 0;
  double value = 0;
  double slack = 0;  // half a unit of the last decimal; 0 for whole numbers and fractions
  MentionKind kind = MentionKind::readable;
  std::string_view reason = {};  // why it is not readable: one clause
  bool negated = false;          // "not 0.2", "rather than 0.2"
};

// `range`: where a sign is unclear, only a range without negative numbers settles it.
[[nodiscard]] std::vector<NumberMention> find_numbers(std::string_view text,
                                                      const BeliefRange& range);

}  // namespace causal_gym

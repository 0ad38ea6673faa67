// One number as it is written, without sign: digits, separators, exponent, percent sign, fraction.
// Cost: linear in what it takes.
#pragma once

#include <cstddef>
#include <string_view>

namespace causal_gym {

struct WrittenNumber {
  std::size_t end = 0;  // past its last byte
  double value = 0;
  double slack = 0;              // half a unit of the last decimal
  bool is_whole = false;         // digits alone
  std::string_view reason = {};  // why it has no value; empty: it has one
};

// The number that begins with the digit or the point at `begin`. `text` is of plain_reply.
[[nodiscard]] WrittenNumber read_written_number(std::string_view text, std::size_t begin);

}  // namespace causal_gym

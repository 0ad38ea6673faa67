// Text of any origin for those who print it: a terminal or a spreadsheet would obey its control
// characters. Cost: linear.
#pragma once

#include <string>
#include <string_view>

namespace causal_gym {

// The text with each control character written as an escape, "\x1b" or "\u009b", but for line
// ends.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace causal_gym

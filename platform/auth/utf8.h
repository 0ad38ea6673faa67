// The characters of a UTF-8 text. Source: RFC 3629. Cost: linear. Pure.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace causal_gym {

// None for bytes that are no UTF-8: cut off, longer than they need be, surrogates, beyond U+10FFFF.
[[nodiscard]] std::optional<std::vector<char32_t>> code_points(std::string_view text);

}  // namespace causal_gym

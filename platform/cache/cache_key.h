// The name under which an answer is found again: SHA-256 of all it depends on.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace causal_gym {

inline constexpr std::size_t cache_key_digits = 64;

// In hexadecimal digits. Each part is hashed with its length: moving a byte from one part to the
// next gives another key.
[[nodiscard]] std::string cache_key(std::initializer_list<std::string_view> parts);

}  // namespace causal_gym

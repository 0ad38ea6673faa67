// One-time codes of a secret that a person's device shares with us: six digits, new each 30
// seconds.
//
// Source: RFC 4226 (HOTP), RFC 6238 (TOTP, with HMAC-SHA-1, which is what the devices take); RFC
// 4648 section 6 (base32). Cost: one HMAC a code. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace causal_gym {

inline constexpr std::int64_t code_step_seconds = 30;
inline constexpr std::size_t code_digits = 6;
inline constexpr std::size_t code_secret_bytes = 20;  // RFC 4226, section 4: 160 bits

// The code of a counter, of 6 to 8 digits.
[[nodiscard]] std::string counter_code(std::string_view secret, std::uint64_t counter,
                                       std::size_t digits = code_digits);

// Which step's code it is, of those that are good then: the step of `at` (seconds since 1970), the
// one before and the one behind, as clocks differ, and only those after `last_step`.
[[nodiscard]] std::optional<std::int64_t> step_of_code(std::string_view secret,
                                                       std::string_view code, std::int64_t at,
                                                       std::int64_t last_step);

// Without padding: 20 bytes are 32 characters.
[[nodiscard]] std::string base32(std::string_view bytes);

// What a device reads: "otpauth://totp/...". The issuer is a plain word; the name is a user's.
[[nodiscard]] std::string otpauth_uri(std::string_view issuer, std::string_view name,
                                      std::string_view secret);

}  // namespace causal_gym

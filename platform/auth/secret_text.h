// What secrets are made of and compared with: random texts, digests, comparison without a clue in
// its time. Source: libsodium; RFC 4648 (base64url, hexadecimal), RFC 2104 (HMAC), FIPS 180-4
// (SHA-256). Cost: linear in the texts. Safe from any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace causal_gym {

inline constexpr std::size_t secret_bytes = 32;  // of a token or key that we make

// That many random bytes of the system, as they are.
[[nodiscard]] std::string random_secret(std::size_t bytes = secret_bytes);

// That many random bytes of the system as base64url without padding.
[[nodiscard]] std::string random_text(std::size_t bytes = secret_bytes);

// That many random bytes as hexadecimal digits: for names that stand in paths.
[[nodiscard]] std::string random_id(std::size_t bytes = 8);

// SHA-256 in hexadecimal. What is kept of a random secret in its place; a password, which can be
// guessed, needs password.h.
[[nodiscard]] std::string digest_text(std::string_view secret);

// SHA-256 in base64, as Content-Security-Policy names a style or script.
[[nodiscard]] std::string digest_base64(std::string_view text);

// HMAC-SHA-256 in base64url without padding.
[[nodiscard]] std::string keyed_digest(std::string_view key, std::string_view text);

// Equal? The time depends on the lengths alone.
[[nodiscard]] bool same_secret(std::string_view a, std::string_view b);

}  // namespace causal_gym

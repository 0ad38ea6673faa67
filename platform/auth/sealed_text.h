// Texts that nobody reads or changes without the key: secrets that must be had back, at rest.
//
// Source: XChaCha20-Poly1305 of libsodium, under a key that HMAC-SHA-256 makes of the ring's.
// What a text is sealed for is authenticated with it: it opens for nothing else. Cost: linear in
// the text. Safe from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "platform/auth/key_ring.h"

namespace causal_gym {

// "kid:..." under the first key of the ring; never twice the same.
[[nodiscard]] std::string sealed(const KeyRing& keys, std::string_view purpose,
                                 std::string_view text);

// None if no key of the ring sealed that for that purpose.
[[nodiscard]] std::optional<std::string> unsealed(const KeyRing& keys, std::string_view purpose,
                                                  std::string_view text);

}  // namespace causal_gym

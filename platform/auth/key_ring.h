// The keys that sign access tokens: the first signs, all of them verify, so that a new key is put
// before the old one and the old one is taken away when its last token has expired.
//
// Source: RFC 7518 section 3.2 (a key of HS256 has at least 32 bytes). Cost: linear in the text.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace causal_gym {

struct SigningKey {
  std::string id;  // `kid`: 1 to 64 letters, digits, '.', '_' and '-'
  std::string secret;
};

inline constexpr std::size_t keys_of_a_ring_limit = 8;
inline constexpr std::size_t shortest_key_bytes = 32;
inline constexpr std::size_t longest_key_bytes = 1'024;

class KeyRing {
 public:
  // One key a line: "kid:secret", or a bare secret whose id is made from its digest; empty lines
  // and lines that begin with '#' are passed over. Errors: invalid_argument, naming the line and
  // never the secret (no key, a short or long one, one character over and over, an id twice);
  // limit_exceeded (more than keys_of_a_ring_limit).
  [[nodiscard]] static Result<KeyRing> read(std::string_view text);

  [[nodiscard]] const SigningKey& signer() const { return keys_.front(); }
  [[nodiscard]] std::span<const SigningKey> keys() const { return keys_; }

 private:
  explicit KeyRing(std::vector<SigningKey> keys) : keys_(std::move(keys)) {}
  std::vector<SigningKey> keys_;
};

}  // namespace causal_gym

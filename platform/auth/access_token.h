// Access tokens: short-lived JSON Web Tokens that say whose session a request belongs to.
//
// Source: RFC 7519 (claims), RFC 7515 (signature), RFC 9068 (typ at+jwt), RFC 8725 (what to
// refuse). libjwt writes and reads them. HS256 alone: libjwt 1.10 has no EdDSA, and server and
// verifier are one program. The signature is checked with libsodium before anything of a token is
// parsed, so that no header of a stranger chooses an algorithm or a key. Cost: an HMAC for each key
// of the ring, and one parse.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "platform/auth/key_ring.h"
#include "platform/telemetry/clock.h"

namespace causal_gym {

struct AccessClaims {
  std::string user;     // `sub`: the id of a user
  std::string session;  // `sid`: the id of a session
  friend bool operator==(const AccessClaims&, const AccessClaims&) = default;
};

struct TokenPolicy {
  std::string issuer = "causal-gym";
  std::string audience = "causal-gym-api";
  std::chrono::seconds lifetime{600};
  std::chrono::seconds leeway{30};  // by which the clocks of two replicas may differ
};

inline constexpr std::size_t longest_token_bytes = 4'096;

// The clock outlives it. Safe from any thread.
class AccessTokens {
 public:
  AccessTokens(KeyRing keys, TokenPolicy policy, const Clock& clock)
      : keys_(std::move(keys)), policy_(std::move(policy)), clock_(clock) {}

  // Signed with the ring's first key, valid from now for the policy's lifetime. Errors: unavailable
  // (no memory).
  [[nodiscard]] Result<std::string> issue(const AccessClaims& claims) const;
  // Errors: unauthorized, with one message for a token that is not ours and another one for a token
  // that has expired.
  [[nodiscard]] Result<AccessClaims> verify(std::string_view token) const;

  [[nodiscard]] const TokenPolicy& policy() const { return policy_; }

 private:
  KeyRing keys_;
  TokenPolicy policy_;
  const Clock& clock_;
};

}  // namespace causal_gym

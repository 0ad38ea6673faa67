// Second factors: codes of a device that a user has enrolled, and recovery codes for when it is
// lost.
//
// Source: RFC 6238; OWASP ASVS 5.0 chapters 6.3 to 6.6. The secret is kept sealed, recovery codes
// as digests of 120 random bits; each code is taken once. Cost: one or two look-ups of the store.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/auth/account_store.h"
#include "platform/auth/key_ring.h"
#include "platform/telemetry/clock.h"

namespace causal_gym {

// Where errors say that the key is to be set.
inline constexpr const char* second_factor_key_name = "auth.second_factor_key";

struct SecondFactorPolicy {
  bool required = false;                 // of everyone who signs in with a password
  std::optional<KeyRing> keys = {};      // that seal; none: nobody can enrol
  std::int64_t challenge_seconds = 300;  // between password and code
};

inline constexpr std::size_t recovery_codes_of_a_user = 10;

// Whether the codes of a user's device can be checked. no_key: this server has none, and nobody
// signs in with a second factor; another_key: theirs is not among this server's, and a recovery
// code is all that signs them in.
enum class FactorState { none, ready, no_key, another_key };
[[nodiscard]] std::string_view factor_state_name(FactorState state);

// What a device is enrolled with; shown once.
struct Enrolment {
  std::string secret;  // in base32
  std::string uri;     // the same, as devices read it
};

// Safe from any thread. What it is given outlives it.
class SecondFactors {
 public:
  SecondFactors(AccountStore& store, const Clock& clock, SecondFactorPolicy policy)
      : store_(store), clock_(clock), policy_(std::move(policy)) {}

  [[nodiscard]] bool required() const { return policy_.required; }
  [[nodiscard]] bool may_be_added() const { return policy_.keys.has_value(); }
  [[nodiscard]] std::int64_t challenge_seconds() const { return policy_.challenge_seconds; }

  // Of one that is not confirmed, or none: none.
  [[nodiscard]] FactorState state_of(const std::optional<SecondFactor>& factor) const;
  // How many users have a device whose codes cannot be checked. Cost: all second factors are read.
  [[nodiscard]] Result<std::size_t> count_not_opened() const;

  // Does that user's sign-in ask for a code?
  [[nodiscard]] Result<bool> asks(const std::string& user);

  // A new secret, which asks for nothing until it is confirmed. Errors: conflict (there is one
  // that is confirmed; there is no key to seal with).
  [[nodiscard]] Result<Enrolment> enrol(const User& user, const AuditEvent& event);
  // Recovery codes, for the first code of the secret. Errors: unauthorized (a wrong code);
  // conflict (nothing to confirm).
  [[nodiscard]] Result<std::vector<std::string>> confirm(const std::string& user,
                                                         std::string_view code,
                                                         const AuditEvent& event);

  // Is it a code of the user's device, or one of their recovery codes? Then it is none any more.
  // `event` tells of a recovery code.
  [[nodiscard]] Result<bool> takes(const std::string& user, std::string_view code,
                                   const AuditEvent& event);

  // What stands between password and code: whoever has it knew the password, as it is now, up to
  // challenge_seconds ago.
  // Errors: unavailable (there is no key any more, at auth.second_factor_key).
  [[nodiscard]] Result<std::string> challenge(const User& user) const;
  // None for any other text; what it holds is of matches() alone.
  struct Challenged {
    std::string user;
    std::string password_digest;
  };
  [[nodiscard]] std::optional<Challenged> read_challenge(std::string_view challenge) const;
  [[nodiscard]] static bool matches(const Challenged& challenged, const User& user);

 private:
  [[nodiscard]] std::int64_t now() const;
  [[nodiscard]] std::optional<std::string> secret_of(const SecondFactor& factor) const;

  AccountStore& store_;
  const Clock& clock_;
  const SecondFactorPolicy policy_;
};

}  // namespace causal_gym

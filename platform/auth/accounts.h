// Accounts at work: who is who, sessions and their tokens, API keys, and the audit line of each
// change. Everything that HTTP, pages and command line do with an account is a function here.
//
// Source: OWASP ASVS 5.0 chapters 6 (authentication) and 7 (sessions); RFC 9700 section 4.14
// (rotation of refresh tokens, and what a used one tells). Cost: a few look-ups of the store; a
// password costs what password.h says.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/auth/access_token.h"
#include "platform/auth/account_store.h"
#include "platform/auth/password.h"
#include "platform/auth/rate_state.h"
#include "platform/auth/second_factors.h"
#include "platform/config/configuration.h"

namespace causal_gym {

// From where something is asked, for limits and the audit log.
struct Origin {
  std::string address;
  std::string request_id;
  std::string trace_id = {};
  std::string client = {};  // client_name()
};

struct SessionPolicy {
  std::chrono::seconds idle{12 * 3'600};            // of a browser's session without a request
  std::chrono::seconds refresh{14 * 86'400};        // of a refresh token
  std::chrono::seconds longest{30 * 86'400};        // of any session
  std::chrono::seconds touch_after{60};             // how stale "last used" may be
  std::chrono::seconds longest_key{366 * 86'400};   // of an API key
  std::chrono::seconds first_password{7 * 86'400};  // of one that an admin has set
};

// What guards sign-in: the pair of name and address; a name from anywhere; an address with any
// name.
struct SignInPolicy {
  LockOut pair{5, std::chrono::seconds(2), std::chrono::seconds(900), std::chrono::seconds(3'600)};
  LockOut name{20, std::chrono::seconds(2), std::chrono::seconds(300), std::chrono::seconds(3'600)};
  LockOut address{30, std::chrono::seconds(2), std::chrono::seconds(900),
                  std::chrono::seconds(3'600)};
};

// What of it the configuration says.
[[nodiscard]] SessionPolicy session_policy(const Configuration::Auth& auth);
// Errors: invalid_argument (no good key, or none where a second factor is required).
[[nodiscard]] Result<SecondFactorPolicy> second_factor_policy(const Configuration::Auth& auth);

// Why not, and when to ask again.
struct SignInRefusal {
  Error error;
  std::chrono::nanoseconds wait{0};  // more than 0: too many attempts
};

struct SignedIn {
  Caller caller;
  std::string token;   // of the session: a refresh token, or the cookie's value
  std::string access;  // a JWT; empty for a browser
  // When this is not empty, there is nothing else yet: a code is asked for.
  std::string challenge = {};
};

struct NewKey {
  ApiKey key;
  std::string text;  // shown once
};

// Lower-case letters, digits, '.', '_', '-' and '@'; 1 to 64 of them, the first a letter or digit.
[[nodiscard]] Status check_user_name(std::string_view name);

// Safe from any thread. What it is given outlives it.
class Accounts {
 public:
  Accounts(AccountStore& store, PasswordHasher& hasher, RateState& rates,
           const AccessTokens& tokens, const Clock& clock, SignInPolicy sign_in = {},
           SessionPolicy sessions = {}, std::vector<std::string> password_words = {},
           SecondFactorPolicy second_factor = {})
      : store_(store),
        hasher_(hasher),
        rates_(rates),
        tokens_(tokens),
        clock_(clock),
        sign_in_policy_(sign_in),
        policy_(sessions),
        password_words_(std::move(password_words)),
        factors_(store, clock, std::move(second_factor)) {}

  // Whether or not there is such a user takes as long, is counted alike, and is answered alike.
  [[nodiscard]] tl::expected<SignedIn, SignInRefusal> sign_in(std::string_view name,
                                                              std::string_view password,
                                                              bool browser, const Origin& origin);
  // With the challenge that it gave, and a code or a recovery code. Wrong ones count as wrong
  // passwords do; until it succeeds, so does the right password before it.
  [[nodiscard]] tl::expected<SignedIn, SignInRefusal> sign_in_with_code(std::string_view challenge,
                                                                        std::string_view code,
                                                                        bool browser,
                                                                        const Origin& origin);
  // A new pair of tokens for a refresh token, which is used up. One that was used before ends its
  // session: two have it. Errors: unauthorized.
  [[nodiscard]] Result<SignedIn> refresh(std::string_view token, const Origin& origin);
  [[nodiscard]] Status sign_out(const Caller& caller, const Origin& origin);
  // The caller's, those that go on.
  [[nodiscard]] Result<std::vector<Session>> list_sessions(const Caller& caller);
  // One of these. Errors: not_found.
  [[nodiscard]] Status end_session(const Caller& caller, const std::string& id,
                                   const Origin& origin);

  // Who has sent this. Errors: unauthorized, with the same message for all that is not (any more)
  // valid, but for an expired access token; unavailable.
  [[nodiscard]] Result<Caller> caller_of_access_token(std::string_view token);
  [[nodiscard]] Result<Caller> caller_of_key(std::string_view key);
  [[nodiscard]] Result<Caller> caller_of_cookie(std::string_view cookie);

  // The same caller, a person or a key, as they are now: their session or key was not used for it.
  // Errors: unauthorized (it does not count any more); unavailable.
  [[nodiscard]] Result<Caller> caller_now(const Caller& before);

  // Ends all other sessions of the caller. Errors: unauthorized (the current password is wrong);
  // invalid_argument (a bad one, or the one that it was); limit_exceeded (too many attempts).
  [[nodiscard]] Status change_password(const Caller& caller, std::string_view current,
                                       std::string_view next, const Origin& origin);

  // The caller's second factor. Errors: unauthorized (the password or the code is wrong); conflict
  // (there is one, there is nothing to confirm, or no key); limit_exceeded (too many attempts).
  [[nodiscard]] Result<Enrolment> enrol_second_factor(const Caller& caller,
                                                      std::string_view password,
                                                      const Origin& origin);
  [[nodiscard]] Result<std::vector<std::string>> confirm_second_factor(const Caller& caller,
                                                                       std::string_view code,
                                                                       const Origin& origin);
  // Another's, whose device is lost; ends their sessions. Errors: not_found.
  [[nodiscard]] Status reset_second_factor(const std::string& actor, const std::string& name,
                                           const Origin& origin);

  // `actor` is whom the audit log names. The password is a first one: it lasts for the policy's
  // time, and whoever signs in with it changes it.
  [[nodiscard]] Result<User> add_user(const std::string& actor, std::string_view name, Role role,
                                      std::string_view password, const Origin& origin);
  // What is not given stays as it is; a password is a first one. Errors: not_found, conflict (the
  // last admin), invalid_argument.
  struct UserChange {
    std::optional<Role> role = {};
    std::optional<bool> disabled = {};
    std::optional<std::string> password = {};
  };
  [[nodiscard]] Result<User> change_user(const std::string& actor, const std::string& name,
                                         const UserChange& change, const Origin& origin);

  // Errors: invalid_argument (a label that check_label() refuses, a lifetime that is too long or
  // none).
  [[nodiscard]] Result<NewKey> add_key(const Caller& caller, const std::string& label,
                                       const std::vector<Scope>& scopes,
                                       std::optional<std::chrono::seconds> lifetime,
                                       const Origin& origin);
  [[nodiscard]] Status revoke_key(const Caller& caller, const std::string& id,
                                  const Origin& origin);

  // The caller becomes the owner of a run that is about to be made.
  [[nodiscard]] Status own_run(const Caller& caller, const std::string& run, const Origin& origin);
  // With another user, by name. Errors: not_found (no such user).
  [[nodiscard]] Status share_run(const Caller& caller, const std::string& run,
                                 const std::string& name, const Origin& origin);
  [[nodiscard]] Status unshare_run(const Caller& caller, const std::string& run,
                                   const std::string& name, const Origin& origin);

  // A line of the audit log about a run that the caller has changed, or tried to.
  [[nodiscard]] Status note_run(const Caller& caller, const std::string& action,
                                const std::string& run, const std::string& outcome,
                                const Origin& origin);

  [[nodiscard]] AccountStore& store() { return store_; }
  [[nodiscard]] const TokenPolicy& token_policy() const { return tokens_.policy(); }
  [[nodiscard]] const SecondFactors& second_factors() const { return factors_; }

 private:
  [[nodiscard]] std::int64_t now() const;
  [[nodiscard]] AuditEvent event(std::string actor, std::string action, std::string object,
                                 std::string outcome, const Origin& origin) const;
  [[nodiscard]] Result<User> user_named(const std::string& name);
  // As one of it, which is used with that. Errors: unauthorized.
  [[nodiscard]] Result<Caller> caller_of_session(const Session& session, std::int64_t lifetime);
  // Whose it is, while it counts. Errors: unauthorized.
  [[nodiscard]] Result<Caller> person_of(const Session& session);
  [[nodiscard]] Result<Caller> holder_of(const ApiKey& key);
  [[nodiscard]] std::optional<SignInRefusal> guard_sign_in(const std::string& name,
                                                           const Origin& origin);
  [[nodiscard]] Status check_password(const User& user, std::string_view password);
  // What the user's person has to do before anything else.
  [[nodiscard]] Result<Caller> person(const User& user, const std::string& session);
  [[nodiscard]] tl::expected<SignedIn, SignInRefusal> finish_sign_in(const User& user,
                                                                     std::string_view password,
                                                                     bool browser, int attempts,
                                                                     const Origin& origin);
  [[nodiscard]] Result<SignedIn> begin_session(const User& user, bool browser, bool by_code,
                                               const Origin& origin);
  // Is all that the sign-in went by as it was?
  [[nodiscard]] Result<bool> still_signs_in(const User& user, bool by_code);

  AccountStore& store_;
  PasswordHasher& hasher_;
  RateState& rates_;
  const AccessTokens& tokens_;
  const Clock& clock_;
  const SignInPolicy sign_in_policy_;
  const SessionPolicy policy_;
  const std::vector<std::string> password_words_;  // of the place: see check_new_password
  SecondFactors factors_;
};

}  // namespace causal_gym

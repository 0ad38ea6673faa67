// The seam to where users, their keys and sessions, who may see which run, and the audit log are
// kept. No secret is among them: passwords as their hash, tokens and keys as their digest.
//
// Times are seconds since 1970. What changes an account takes the line of the audit log that tells
// of it: both are kept, or neither.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "platform/auth/permission.h"

namespace causal_gym {

struct User {
  std::string id;    // of random_id()
  std::string name;  // check_user_name()
  Role role = Role::viewer;
  bool disabled = false;
  std::string password_hash;
  std::int64_t created_at = 0;
  bool password_must_change = false;                     // another set it, for the first sign-in
  std::optional<std::int64_t> password_expires_at = {};  // it signs nobody in from then on
  friend bool operator==(const User&, const User&) = default;
};

// One sign-in. Its token changes at each use of a refresh token; the old ones stay known as such.
struct Session {
  std::string id;
  std::string user;
  bool browser = false;  // a cookie, which does not rotate
  std::int64_t created_at = 0;
  std::int64_t used_at = 0;
  std::int64_t expires_at = 0;
  std::optional<std::int64_t> ended_at = {};
  std::string address = {};  // where it began
  std::string client = {};   // and with what: client_name()
  friend bool operator==(const Session&, const Session&) = default;
};

struct FoundSession {
  Session session;
  bool replaced = false;  // the token was used up before
};

struct ApiKey {
  std::string id;
  std::string user;
  std::string label;
  std::string digest;
  std::vector<Scope> scopes;
  std::int64_t created_at = 0;
  std::optional<std::int64_t> expires_at = {};
  std::optional<std::int64_t> used_at = {};
  std::optional<std::int64_t> revoked_at = {};
  friend bool operator==(const ApiKey&, const ApiKey&) = default;
};

// What a user proves to hold besides the password. Until it is confirmed with a code, it asks for
// nothing.
struct SecondFactor {
  std::string user;
  std::string secret;  // as sealed() gives it
  bool confirmed = false;
  std::int64_t last_step = 0;  // of the newest code that was taken
  std::int64_t created_at = 0;
  std::int64_t recovery_codes = 0;  // that are left
  friend bool operator==(const SecondFactor&, const SecondFactor&) = default;
};

struct AuditEvent {
  std::int64_t at = 0;
  std::string actor;    // a user's name, or "-"
  std::string action;   // "sign_in", "user_created", ...
  std::string object;   // whom or what it was done to
  std::string outcome;  // "ok", or the word for why not
  std::string address;
  std::string request_id;
  std::string trace_id;     // of the lines of the log (trace_context.h); empty on the command line
  std::int64_t number = 0;  // given by the store, from 1
  friend bool operator==(const AuditEvent&, const AuditEvent&) = default;
};

inline constexpr std::size_t audit_page_limit = 200;
inline constexpr std::size_t users_limit = 10'000;
inline constexpr std::size_t listed_sessions_limit = 200;
inline constexpr std::size_t keys_of_a_user_limit = 100;
inline constexpr std::size_t shares_of_a_run_limit = 1'000;

[[nodiscard]] inline Error changed_meanwhile() {
  return {ErrorCode::conflict, "the user was changed meanwhile", "user", "try again"};
}

// Every call is atomic and durable when it returns. Safe from any thread. Errors beside those
// named: unavailable. Look-ups that find nothing give none.
class AccountStore {
 public:
  virtual ~AccountStore() = default;

  // Errors: conflict (the name is taken); limit_exceeded (users_limit).
  [[nodiscard]] virtual Status add_user(const User& user, const AuditEvent& event) = 0;
  [[nodiscard]] virtual Result<std::optional<User>> find_user(const std::string& id) = 0;
  [[nodiscard]] virtual Result<std::optional<User>> find_user_named(const std::string& name) = 0;
  [[nodiscard]] virtual Result<std::vector<User>> list_users() = 0;  // by name
  // Replaces role, disabled and all of the password, of one who is still as `before`: what another
  // has changed since it was read is not undone. A user who is disabled or whose password changes
  // keeps no session but `kept_session`. Errors: not_found; conflict (no enabled admin would be
  // left; at "user": it is not as before).
  [[nodiscard]] virtual Status change_user(const User& before, const User& after,
                                           const std::string& kept_session,
                                           const AuditEvent& event) = 0;

  [[nodiscard]] virtual Status add_session(const Session& session, const std::string& digest,
                                           const AuditEvent& event) = 0;
  // By the digest of one of its tokens.
  [[nodiscard]] virtual Result<std::optional<FoundSession>> find_session(
      const std::string& digest) = 0;
  [[nodiscard]] virtual Result<std::optional<Session>> find_session_by_id(
      const std::string& id) = 0;
  // Those of a user that have neither ended nor expired by then, the last used first; no more than
  // listed_sessions_limit.
  [[nodiscard]] virtual Result<std::vector<Session>> list_sessions(const std::string& user,
                                                                   std::int64_t at) = 0;
  // From now on `next` is the token of the session, used at that time and valid until then. False,
  // and nothing is changed, when `digest` is not its token any more or the session has ended.
  [[nodiscard]] virtual Result<bool> rotate_token(const std::string& digest,
                                                  const std::string& next, std::int64_t used_at,
                                                  std::int64_t expires_at) = 0;
  [[nodiscard]] virtual Status touch_session(const std::string& id, std::int64_t used_at,
                                             std::int64_t expires_at) = 0;
  // Ending one that has ended, or is not there, is fine.
  [[nodiscard]] virtual Status end_session(const std::string& id, std::int64_t at,
                                           const AuditEvent& event) = 0;
  // Forgets sessions that expired before then, and their tokens.
  [[nodiscard]] virtual Status forget_sessions(std::int64_t expired_before) = 0;

  // In place of one that was not confirmed. Errors: conflict (it is confirmed).
  [[nodiscard]] virtual Status put_second_factor(const SecondFactor& factor,
                                                 const AuditEvent& event) = 0;
  [[nodiscard]] virtual Result<std::optional<SecondFactor>> find_second_factor(
      const std::string& user) = 0;
  // Those that are confirmed, in the order of their users' ids.
  [[nodiscard]] virtual Result<std::vector<SecondFactor>> list_second_factors() = 0;
  // With the step of the first code, and the digests of the recovery codes. False, and nothing is
  // changed, when the factor has another secret by now, or is confirmed.
  [[nodiscard]] virtual Result<bool> confirm_second_factor(const SecondFactor& factor,
                                                           std::int64_t step,
                                                           const std::vector<std::string>& digests,
                                                           const AuditEvent& event) = 0;
  // False when the code of that step, or of one behind it, was taken before. What it is taken for
  // tells of it.
  [[nodiscard]] virtual Result<bool> take_code(const std::string& user, std::int64_t step) = 0;
  // False when there is none of that digest (any more).
  [[nodiscard]] virtual Result<bool> take_recovery_code(const std::string& user,
                                                        const std::string& digest,
                                                        const AuditEvent& event) = 0;
  // With its recovery codes, and all sessions of its user: they may be of who holds the lost
  // device. Errors: not_found.
  [[nodiscard]] virtual Status remove_second_factor(const std::string& user,
                                                    const AuditEvent& event) = 0;

  // Errors: limit_exceeded (keys_of_a_user_limit that are not revoked).
  [[nodiscard]] virtual Status add_key(const ApiKey& key, const AuditEvent& event) = 0;
  [[nodiscard]] virtual Result<std::optional<ApiKey>> find_key(const std::string& id) = 0;
  [[nodiscard]] virtual Result<std::vector<ApiKey>> list_keys(
      const std::string& user) = 0;  // oldest first
  [[nodiscard]] virtual Status touch_key(const std::string& id, std::int64_t used_at) = 0;
  // Errors: not_found (no such key of the user, or revoked).
  [[nodiscard]] virtual Status revoke_key(const std::string& user, const std::string& id,
                                          std::int64_t at, const AuditEvent& event) = 0;

  // Errors: conflict (another owner).
  [[nodiscard]] virtual Status set_owner(const std::string& run, const std::string& user,
                                         const AuditEvent& event) = 0;
  // Who owns the run, and whether it is shared with that user.
  [[nodiscard]] virtual Result<OwnedObject> find_owned(const std::string& run,
                                                       const std::string& user) = 0;
  // Sharing again is fine. Errors: limit_exceeded (shares_of_a_run_limit).
  [[nodiscard]] virtual Status share_run(const std::string& run, const std::string& user,
                                         const AuditEvent& event) = 0;
  // Errors: not_found (it is not shared with them).
  [[nodiscard]] virtual Status unshare_run(const std::string& run, const std::string& user,
                                           const AuditEvent& event) = 0;
  [[nodiscard]] virtual Result<std::vector<std::string>> shares_of(
      const std::string& run) = 0;  // ids of users

  [[nodiscard]] virtual Status append_audit(const AuditEvent& event) = 0;
  // Newest first, with numbers below `before` if given. Errors: invalid_argument (limit 0 or over
  // audit_page_limit).
  [[nodiscard]] virtual Result<std::vector<AuditEvent>> list_audit(
      std::size_t limit, std::optional<std::int64_t> before) = 0;
};

// Forgets with the process: for tests, and the model that the durable one is compared with.
[[nodiscard]] std::unique_ptr<AccountStore> make_memory_account_store();

}  // namespace causal_gym

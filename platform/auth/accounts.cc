#include "platform/auth/accounts.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "platform/auth/api_key.h"
#include "platform/auth/client_address.h"
#include "platform/auth/label.h"
#include "platform/auth/secret_text.h"
#include "platform/auth/validity.h"

namespace causal_gym {

namespace {

constexpr std::size_t longest_name = 64;

std::string lower_case(std::string_view text) {
  std::string lower(text.substr(0, longest_name + 1));
  for (auto& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

// One message for every reason.
Error wrong_password() {
  return {ErrorCode::unauthorized, "name or password is wrong", "password", ""};
}
// For those alone who know it.
Error expired_password() {
  return {ErrorCode::unauthorized, "this first password has expired", "password",
          "ask an admin for a new one"};
}

// Also for one that nobody gave.
Error expired_challenge() {
  return {ErrorCode::unauthorized, "the sign-in took too long", "challenge", "begin it again"};
}

SignInRefusal locked(std::chrono::nanoseconds wait) {
  return {{ErrorCode::limit_exceeded, "too many attempts to sign in", "name", "try again later"},
          wait};
}

std::string pair_key(const std::string& address, const std::string& name) {
  std::string key = "pair ";
  return key.append(address).append(" ").append(name);
}

}  // namespace

Result<SecondFactorPolicy> second_factor_policy(const Configuration::Auth& auth) {
  SecondFactorPolicy policy;
  policy.required = auth.second_factor == "required";
  if (auth.second_factor_key.empty()) {
    if (!policy.required) return policy;
    return fail(ErrorCode::invalid_argument,
                "a second factor is required, and there is no key to keep its secrets with",
                "auth.second_factor_key",
                "set CAUSAL_GYM_AUTH_SECOND_FACTOR_KEY_FILE to a file with the output of: openssl "
                "rand -base64 48");
  }
  auto keys = KeyRing::read(auth.second_factor_key);
  if (!keys)
    return fail(keys.error().code, keys.error().message, "auth.second_factor_key",
                keys.error().suggestion);
  policy.keys = *std::move(keys);
  return policy;
}

SessionPolicy session_policy(const Configuration::Auth& auth) {
  SessionPolicy policy;
  policy.first_password = std::chrono::seconds(std::llround(auth.first_password_seconds));
  return policy;
}

Status check_user_name(std::string_view name) {
  const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const bool good = !name.empty() && name.size() <= longest_name && is_plain(name.front()) &&
                    std::all_of(name.begin(), name.end(), [&](char c) {
                      return is_plain(c) || c == '.' || c == '_' || c == '-' || c == '@';
                    });
  if (good) return {};
  return fail(ErrorCode::invalid_argument,
              "'" + std::string(name.substr(0, longest_name)) + "' is not a user name", "name",
              "use up to 64 lower-case letters, digits, '.', '_', '-' and '@', the first a letter "
              "or digit");
}

std::int64_t Accounts::now() const {
  return std::chrono::duration_cast<std::chrono::seconds>(clock_.now().time_since_epoch()).count();
}

AuditEvent Accounts::event(std::string actor, std::string action, std::string object,
                           std::string outcome, const Origin& origin) const {
  return {now(),
          actor.empty() ? "-" : std::move(actor),
          std::move(action),
          std::move(object),
          std::move(outcome),
          origin.address,
          origin.request_id,
          origin.trace_id};
}

Result<User> Accounts::user_named(const std::string& name) {
  CAUSAL_GYM_TRY(user, store_.find_user_named(name));
  if (!user) return fail(ErrorCode::not_found, "no user '" + lower_case(name) + "'", "name");
  return *user;
}

std::optional<SignInRefusal> Accounts::guard_sign_in(const std::string& name,
                                                     const Origin& origin) {
  const auto address = address_group(origin.address);
  for (const auto& [key, policy] : {std::pair("address " + address, sign_in_policy_.address),
                                    std::pair(pair_key(address, name), sign_in_policy_.pair),
                                    std::pair("name " + name, sign_in_policy_.name)})
    if (const auto wait = rates_.attempt(key, policy); wait.count() > 0) return locked(wait);
  return std::nullopt;
}

tl::expected<SignedIn, SignInRefusal> Accounts::sign_in(std::string_view given_name,
                                                        std::string_view password, bool browser,
                                                        const Origin& origin) {
  const auto refuse = [](Error error) { return tl::unexpected(SignInRefusal{std::move(error)}); };
  const auto name = lower_case(given_name);
  if (auto refusal = guard_sign_in(name, origin)) {
    return tl::unexpected(*std::move(refusal));
  }
  const auto found = store_.find_user_named(name);
  if (!found) return refuse(found.error());
  const auto& user = *found;
  const bool matches =
      hasher_.matches(user ? std::optional(user->password_hash) : std::nullopt, password);
  const bool expired = user && has_expired(*user, now());
  if (!matches || user->disabled || expired) {
    const auto* reason = !user            ? "no_such_user"
                         : !matches       ? "wrong_password"
                         : user->disabled ? "disabled"
                                          : "password_expired";
    // Of a name that nobody has, nothing is kept: it may be a password in the wrong place.
    const auto noted = store_.append_audit(
        event(user ? user->name : "-", "sign_in", user ? user->name : "-", reason, origin));
    if (!noted) return refuse(noted.error());
    return refuse(matches && !user->disabled ? expired_password() : wrong_password());
  }
  const auto asks = factors_.asks(user->id);
  if (!asks) return refuse(asks.error());
  if (!*asks) return finish_sign_in(*user, password, browser, 1, origin);
  auto challenge = factors_.challenge(*user);
  const auto noted = store_.append_audit(
      event(name, "sign_in", name, challenge ? "code_asked" : "no_second_factor_key", origin));
  if (!noted) return refuse(noted.error());
  if (!challenge) return refuse(challenge.error());
  SignedIn asked;
  asked.challenge = *std::move(challenge);
  return asked;
}

tl::expected<SignedIn, SignInRefusal> Accounts::finish_sign_in(const User& user,
                                                               std::string_view password,
                                                               bool browser, int attempts,
                                                               const Origin& origin) {
  const auto address = address_group(origin.address);
  rates_.forget(pair_key(address, user.name));
  rates_.forget("name " + user.name);
  for (int i = 0; i < attempts; ++i) rates_.take_back("address " + address);
  auto rehashed = user;
  if (!password.empty() && hasher_.needs_rehash(user.password_hash))
    if (auto hash = hasher_.hash(password)) {
      rehashed.password_hash = *std::move(hash);
      // Other sessions end with the old hash; the sign-in does not fail for it.
      if (!store_.change_user(user, rehashed, {},
                              event(user.name, "password_rehashed", user.name, "ok", origin)))
        rehashed = user;
    }
  auto signed_in = begin_session(rehashed, browser, password.empty(), origin);
  if (!signed_in) return tl::unexpected(SignInRefusal{signed_in.error()});
  return *std::move(signed_in);
}

tl::expected<SignedIn, SignInRefusal> Accounts::sign_in_with_code(std::string_view challenge,
                                                                  std::string_view code,
                                                                  bool browser,
                                                                  const Origin& origin) {
  const auto refuse = [](Error error) { return tl::unexpected(SignInRefusal{std::move(error)}); };
  const auto challenged = factors_.read_challenge(challenge);
  if (!challenged) return refuse(expired_challenge());
  const auto user = store_.find_user(challenged->user);
  if (!user) return refuse(user.error());
  if (!*user || (*user)->disabled || has_expired(**user, now()) ||
      !SecondFactors::matches(*challenged, **user))
    return refuse(expired_challenge());
  const auto& name = (*user)->name;
  if (auto refusal = guard_sign_in(name, origin)) return tl::unexpected(*std::move(refusal));
  const auto taken =
      factors_.takes((*user)->id, code, event(name, "recovery_code_used", name, "ok", origin));
  if (!taken) {
    if (taken.error().where != second_factor_key_name) return refuse(taken.error());
    const auto noted =
        store_.append_audit(event(name, "sign_in", name, "no_second_factor_key", origin));
    return refuse(noted ? taken.error() : noted.error());
  }
  if (*taken) {
    // Good for one sign-in, each of which takes two attempts back: of the address, the other codes
    // of somebody would take back what was guessed of others' passwords.
    const std::chrono::seconds kept(factors_.challenge_seconds());
    if (rates_.attempt("challenge " + digest_text(challenge), {0, kept, kept, kept}).count() > 0)
      return refuse(expired_challenge());
    return finish_sign_in(**user, {}, browser, 2, origin);
  }
  const auto noted = store_.append_audit(event(name, "sign_in", name, "wrong_code", origin));
  return refuse(noted ? Error{ErrorCode::unauthorized, "the code is wrong", "code", ""}
                      : noted.error());
}

Result<bool> Accounts::still_signs_in(const User& user, bool by_code) {
  CAUSAL_GYM_TRY(still, store_.find_user(user.id));
  if (!still || still->disabled || still->password_hash != user.password_hash) return false;
  return by_code ? factors_.asks(user.id) : Result<bool>(true);
}

Result<SignedIn> Accounts::begin_session(const User& user, bool browser, bool by_code,
                                         const Origin& origin) {
  const auto at = now();
  CAUSAL_GYM_CHECKED(store_.forget_sessions(at));
  const auto lifetime = browser ? policy_.idle : policy_.refresh;
  const Session session = {random_id(16),         user.id, browser,        at,           at,
                           at + lifetime.count(), {},      origin.address, origin.client};
  CAUSAL_GYM_TRY(caller, person(user, session.id));
  SignedIn signed_in = {std::move(caller), random_text(), {}};
  if (!browser) {
    CAUSAL_GYM_TRY(access, tokens_.issue({user.id, session.id}));
    signed_in.access = std::move(access);
  }
  CAUSAL_GYM_CHECKED(store_.add_session(session, digest_text(signed_in.token),
                                        event(user.name, "sign_in", user.name, "ok", origin)));
  // Whoever was disabled, got another password or had their second factor reset since theirs was
  // looked at had all sessions ended but this one, which was not there yet.
  CAUSAL_GYM_TRY(is_as_before, still_signs_in(user, by_code));
  if (is_as_before) return signed_in;
  CAUSAL_GYM_CHECKED(store_.end_session(
      session.id, now(), event(user.name, "session_ended", session.id, "user_changed", origin)));
  return fail(wrong_password());
}

Result<SignedIn> Accounts::refresh(std::string_view token, const Origin& origin) {
  const auto digest = digest_text(token);
  CAUSAL_GYM_TRY(found, store_.find_session(digest));
  if (!found || found->session.browser) return not_signed_in();
  const auto& session = found->session;
  const auto end_it = [&]() -> Status {
    return store_.end_session(session.id, now(),
                              event("-", "refresh_token_reused", session.user, "ended", origin));
  };
  if (found->replaced && !session.ended_at) {
    CAUSAL_GYM_CHECKED(end_it());
    return not_signed_in();
  }
  CAUSAL_GYM_TRY(caller, caller_of_session(session, policy_.refresh.count()));
  CAUSAL_GYM_TRY(access, tokens_.issue({caller.user, session.id}));
  SignedIn signed_in = {std::move(caller), random_text(), std::move(access)};
  const auto at = now();
  CAUSAL_GYM_TRY(rotated,
                 store_.rotate_token(digest, digest_text(signed_in.token), at,
                                     std::min(at + policy_.refresh.count(),
                                              session.created_at + policy_.longest.count())));
  if (rotated) return signed_in;
  CAUSAL_GYM_CHECKED(end_it());  // used twice at once
  return not_signed_in();
}

Status Accounts::sign_out(const Caller& caller, const Origin& origin) {
  return store_.end_session(caller.session, now(),
                            event(caller.name, "sign_out", caller.name, "ok", origin));
}

Result<std::vector<Session>> Accounts::list_sessions(const Caller& caller) {
  return store_.list_sessions(caller.user, now());
}

Status Accounts::end_session(const Caller& caller, const std::string& id, const Origin& origin) {
  const auto at = now();
  CAUSAL_GYM_TRY(session, store_.find_session_by_id(id));
  if (!session || session->user != caller.user || !counts(*session, at, policy_.longest))
    return fail(ErrorCode::not_found, "no session '" + id + "'", "id");
  return store_.end_session(id, at, event(caller.name, "session_ended", id, "ok", origin));
}

Status Accounts::check_password(const User& user, std::string_view password) {
  const auto key = "password " + user.id;
  if (rates_.attempt(key, sign_in_policy_.pair).count() > 0)
    return fail(ErrorCode::limit_exceeded, "too many attempts", "current", "try again later");
  if (!hasher_.matches(user.password_hash, password))
    return fail(ErrorCode::unauthorized, "the current password is wrong", "current");
  rates_.forget(key);
  return {};
}

Result<Enrolment> Accounts::enrol_second_factor(const Caller& caller, std::string_view password,
                                                const Origin& origin) {
  CAUSAL_GYM_TRY(user, store_.find_user(caller.user));
  if (!user) return not_signed_in();
  CAUSAL_GYM_CHECKED(check_password(*user, password));
  return factors_.enrol(*user, event(user->name, "second_factor_begun", user->name, "ok", origin));
}

Result<std::vector<std::string>> Accounts::confirm_second_factor(const Caller& caller,
                                                                 std::string_view code,
                                                                 const Origin& origin) {
  const auto key = "code " + caller.user;
  if (rates_.attempt(key, sign_in_policy_.pair).count() > 0)
    return fail(ErrorCode::limit_exceeded, "too many attempts", "code", "try again later");
  CAUSAL_GYM_TRY(codes, factors_.confirm(
                            caller.user, code,
                            event(caller.name, "second_factor_added", caller.name, "ok", origin)));
  rates_.forget(key);
  return codes;
}

Status Accounts::reset_second_factor(const std::string& actor, const std::string& name,
                                     const Origin& origin) {
  CAUSAL_GYM_TRY(user, user_named(name));
  return store_.remove_second_factor(user.id,
                                     event(actor, "second_factor_reset", name, "ok", origin));
}

Status Accounts::change_password(const Caller& caller, std::string_view current,
                                 std::string_view next, const Origin& origin) {
  CAUSAL_GYM_TRY(user, store_.find_user(caller.user));
  if (!user) return not_signed_in();
  CAUSAL_GYM_CHECKED(check_password(*user, current));
  CAUSAL_GYM_CHECKED(check_new_password(user->name, next, password_words_));
  if (next == current)
    return fail(ErrorCode::invalid_argument, "the new password is the one that it was", "password");
  CAUSAL_GYM_TRY(hash, hasher_.hash(next));
  auto changed = *user;
  changed.password_hash = std::move(hash);
  changed.password_must_change = false;
  changed.password_expires_at = {};
  return store_.change_user(*user, changed, caller.session,
                            event(user->name, "password_changed", user->name, "ok", origin));
}

Result<User> Accounts::add_user(const std::string& actor, std::string_view name, Role role,
                                std::string_view password, const Origin& origin) {
  CAUSAL_GYM_CHECKED(check_user_name(name));
  CAUSAL_GYM_CHECKED(check_new_password(name, password, password_words_));
  CAUSAL_GYM_TRY(hash, hasher_.hash(password));
  const auto at = now();
  User user = {random_id(),
               std::string(name),
               role,
               false,
               std::move(hash),
               at,
               true,
               at + policy_.first_password.count()};
  CAUSAL_GYM_CHECKED(store_.add_user(
      user, event(actor, "user_created", user.name, std::string(role_name(role)), origin)));
  return user;
}

Result<User> Accounts::change_user(const std::string& actor, const std::string& name,
                                   const UserChange& change, const Origin& origin) {
  CAUSAL_GYM_TRY(before, user_named(name));
  auto user = before;
  std::string what;
  if (change.role) {
    user.role = *change.role;
    what += " role " + std::string(role_name(*change.role));
  }
  if (change.disabled) {
    user.disabled = *change.disabled;
    what += *change.disabled ? " disabled" : " enabled";
  }
  if (change.password) {
    CAUSAL_GYM_CHECKED(check_new_password(name, *change.password, password_words_));
    CAUSAL_GYM_TRY(hash, hasher_.hash(*change.password));
    user.password_hash = std::move(hash);
    user.password_must_change = true;
    user.password_expires_at = now() + policy_.first_password.count();
    what += " password";
  }
  if (what.empty())
    return fail(ErrorCode::invalid_argument, "there is nothing to change", {},
                "give role, disabled or password");
  CAUSAL_GYM_CHECKED(store_.change_user(
      before, user, {}, event(actor, "user_changed", name, what.substr(1), origin)));
  return user;
}

Result<NewKey> Accounts::add_key(const Caller& caller, const std::string& label,
                                 const std::vector<Scope>& scopes,
                                 std::optional<std::chrono::seconds> lifetime,
                                 const Origin& origin) {
  CAUSAL_GYM_CHECKED(check_label(label));
  const auto seconds = lifetime.value_or(policy_.longest_key);
  if (seconds.count() < 1 || seconds > policy_.longest_key)
    return fail(ErrorCode::invalid_argument, "a key lasts from 1 second to 366 days", "expires_in");
  auto made = make_api_key();
  const auto at = now();
  ApiKey key = {made.id, caller.user, label, made.digest, scopes, at, at + seconds.count(), {}, {}};
  CAUSAL_GYM_CHECKED(
      store_.add_key(key, event(caller.name, "key_created", key.id, scopes_text(scopes), origin)));
  return NewKey{std::move(key), std::move(made.text)};
}

Status Accounts::revoke_key(const Caller& caller, const std::string& id, const Origin& origin) {
  return store_.revoke_key(caller.user, id, now(),
                           event(caller.name, "key_revoked", id, "ok", origin));
}

Status Accounts::own_run(const Caller& caller, const std::string& run, const Origin& origin) {
  return store_.set_owner(run, caller.user, event(caller.name, "run_launched", run, "ok", origin));
}

Status Accounts::share_run(const Caller& caller, const std::string& run, const std::string& name,
                           const Origin& origin) {
  CAUSAL_GYM_TRY(user, user_named(name));
  return store_.share_run(run, user.id, event(caller.name, "run_shared", run, name, origin));
}

Status Accounts::unshare_run(const Caller& caller, const std::string& run, const std::string& name,
                             const Origin& origin) {
  CAUSAL_GYM_TRY(user, user_named(name));
  return store_.unshare_run(run, user.id, event(caller.name, "run_unshared", run, name, origin));
}

Status Accounts::note_run(const Caller& caller, const std::string& action, const std::string& run,
                          const std::string& outcome, const Origin& origin) {
  return store_.append_audit(event(caller.name, action, run, outcome, origin));
}

}  // namespace causal_gym

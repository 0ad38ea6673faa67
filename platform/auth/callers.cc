// Part of Accounts: who has sent something, by what proves it.
#include <algorithm>

#include "platform/auth/accounts.h"
#include "platform/auth/api_key.h"
#include "platform/auth/secret_text.h"
#include "platform/auth/validity.h"

namespace causal_gym {

Result<Caller> Accounts::caller_of_access_token(std::string_view token) {
  CAUSAL_GYM_TRY(claims, tokens_.verify(token));
  CAUSAL_GYM_TRY(session, store_.find_session_by_id(claims.session));
  if (!session || session->user != claims.user || session->browser) return not_signed_in();
  return caller_of_session(*session, 0);
}

Result<Caller> Accounts::caller_of_cookie(std::string_view cookie) {
  CAUSAL_GYM_TRY(found, store_.find_session(digest_text(cookie)));
  if (!found || found->replaced || !found->session.browser) return not_signed_in();
  return caller_of_session(found->session, policy_.idle.count());
}

Result<Caller> Accounts::caller_of_key(std::string_view text) {
  const auto id = api_key_id(text);
  if (!id) return not_signed_in();
  CAUSAL_GYM_TRY(key, store_.find_key(*id));
  if (!key || !same_secret(key->digest, digest_text(text))) return not_signed_in();
  CAUSAL_GYM_TRY(caller, holder_of(*key));
  const auto at = now();
  if (!key->used_at || at - *key->used_at >= policy_.touch_after.count())
    CAUSAL_GYM_CHECKED(store_.touch_key(*id, at));
  return caller;
}

Result<Caller> Accounts::caller_now(const Caller& before) {
  if (before.kind == CallerKind::key) {
    CAUSAL_GYM_TRY(key, store_.find_key(before.session));
    if (!key || key->user != before.user) return not_signed_in();
    return holder_of(*key);
  }
  CAUSAL_GYM_TRY(session, store_.find_session_by_id(before.session));
  if (!session || session->user != before.user) return not_signed_in();
  return person_of(*session);
}

Result<Caller> Accounts::caller_of_session(const Session& session, std::int64_t lifetime) {
  CAUSAL_GYM_TRY(caller, person_of(session));
  const auto at = now();
  if (session.browser && at - session.used_at >= policy_.touch_after.count())
    CAUSAL_GYM_CHECKED(store_.touch_session(
        session.id, at, std::min(at + lifetime, session.created_at + policy_.longest.count())));
  return caller;
}

Result<Caller> Accounts::person_of(const Session& session) {
  const auto at = now();
  if (!counts(session, at, policy_.longest)) return not_signed_in();
  CAUSAL_GYM_TRY(user, store_.find_user(session.user));
  if (!user || user->disabled || has_expired(*user, at)) return not_signed_in();
  return person(*user, session.id);
}

Result<Caller> Accounts::holder_of(const ApiKey& key) {
  if (!counts(key, now())) return not_signed_in();
  CAUSAL_GYM_TRY(user, store_.find_user(key.user));
  if (!user || user->disabled) return not_signed_in();
  return Caller{CallerKind::key, user->id, user->name, user->role, key.scopes, key.id};
}

Result<Caller> Accounts::person(const User& user, const std::string& session) {
  auto due = Due::nothing;
  if (user.password_must_change) {
    due = Due::change_password;
  } else if (factors_.required()) {
    CAUSAL_GYM_TRY(asks, factors_.asks(user.id));
    if (!asks) due = Due::add_second_factor;
  }
  return Caller{CallerKind::person, user.id, user.name, user.role, {}, session, due};
}

}  // namespace causal_gym

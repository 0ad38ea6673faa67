// Until when a session, a key and a user's password count. Pure.
#pragma once

#include <algorithm>
#include <chrono>

#include "platform/auth/account_store.h"

namespace causal_gym {

// No session lasts longer than `longest`, however often it is used.
[[nodiscard]] inline bool counts(const Session& session, std::int64_t at,
                                 std::chrono::seconds longest) {
  return !session.ended_at &&
         at < std::min(session.expires_at, session.created_at + longest.count());
}

[[nodiscard]] inline bool counts(const ApiKey& key, std::int64_t at) {
  return !key.revoked_at && (!key.expires_at || at < *key.expires_at);
}

// Of a first password that was not changed in time.
[[nodiscard]] inline bool has_expired(const User& user, std::int64_t at) {
  return user.password_expires_at && *user.password_expires_at <= at;
}

// One message for everything that does not count (any more).
[[nodiscard]] inline tl::unexpected<Error> not_signed_in() {
  return fail(ErrorCode::unauthorized, "the key, token or session is not valid", "Authorization",
              "sign in again");
}

}  // namespace causal_gym

#include "platform/store/account_rows.h"

#include <vector>

namespace causal_gym {

namespace {

const std::string user_columns =
    "SELECT id, name, role, disabled, password_hash, created_at, password_must_change,"
    " password_expires_at";
const std::string session_columns =
    "SELECT sessions.id, user_id, browser, created_at, used_at, expires_at, ended_at, address, "
    "client";
const std::string key_columns =
    "SELECT id, user_id, label, digest, scopes, created_at, expires_at, used_at, revoked_at";
const std::string factor_columns =
    "SELECT user_id, secret, confirmed, last_step, created_at, (SELECT count(*) FROM recovery_codes"
    " WHERE recovery_codes.user_id = second_factors.user_id) FROM second_factors";

}  // namespace

const std::string user_by_id = user_columns + " FROM users WHERE id = ?1";
const std::string user_by_name = user_columns + " FROM users WHERE name = ?1";
const std::string users_by_name = user_columns + " FROM users WHERE id <> ?1 ORDER BY name";
const std::string locked_user = user_by_id + " {for_update}";
const std::string locked_user_and_admins =
    user_by_id + " OR (role = 'admin' AND disabled = 0) ORDER BY id {for_update}";
const std::string session_by_id = session_columns + " FROM sessions WHERE id = ?1";
const std::string session_by_token =
    session_columns +
    ", replaced FROM session_tokens JOIN sessions ON sessions.id = session WHERE digest = ?1";
const std::string sessions_of_user =
    session_columns +
    " FROM sessions WHERE user_id = ?1 AND ended_at IS NULL AND expires_at > ?2"
    " ORDER BY used_at DESC, id LIMIT ?3";
const std::string factor_of_user = factor_columns + " WHERE user_id = ?1";
const std::string confirmed_factors =
    factor_columns + " WHERE user_id <> ?1 AND confirmed = 1 ORDER BY user_id";
const std::string shares_of_run = "SELECT user_id FROM run_shares WHERE run = ?1 ORDER BY user_id";
const std::string key_by_id = key_columns + " FROM api_keys WHERE id = ?1";
const std::string keys_of_user =
    key_columns + " FROM api_keys WHERE user_id = ?1 ORDER BY created_at, id";

// Names of roles and scopes are those of the enumerations: the tables take no others.
User read_user(const Statement& row) {
  return {row.text(0),
          row.text(1),
          find_role(row.text(2)).value_or(Role::viewer),
          row.integer(3) == 1,
          row.text(4),
          row.integer(5),
          row.integer(6) == 1,
          row.optional_integer(7)};
}

Session read_session(const Statement& row) {
  return {row.text(0),    row.text(1),    row.integer(2) == 1,     row.integer(3),
          row.integer(4), row.integer(5), row.optional_integer(6), row.text(7),
          row.text(8)};
}

FoundSession read_found_session(const Statement& row) {
  return {read_session(row), row.integer(9) == 1};
}

SecondFactor read_factor(const Statement& row) {
  return {row.text(0),    row.text(1),    row.integer(2) == 1,
          row.integer(3), row.integer(4), row.integer(5)};
}

ApiKey read_key(const Statement& row) {
  return {row.text(0),
          row.text(1),
          row.text(2),
          row.text(3),
          find_scopes(row.text(4)).value_or(std::vector<Scope>()),
          row.integer(5),
          row.optional_integer(6),
          row.optional_integer(7),
          row.optional_integer(8)};
}

AuditEvent read_event(const Statement& row) {
  return {row.integer(1), row.text(2), row.text(3), row.text(4),   row.text(5),
          row.text(6),    row.text(7), row.text(8), row.integer(0)};
}

}  // namespace causal_gym

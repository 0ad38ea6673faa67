#include "platform/store/sql_account_store.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/store/account_rows.h"
#include "platform/store/open_store.h"
#include "platform/store/sql_rows.h"

namespace causal_gym {

namespace {

using Kind = TransactionKind;

constexpr std::size_t sqlite_connections = 4;

Result<std::int64_t> count_of(Database& database, const char* sql, const std::string& argument) {
  CAUSAL_GYM_TRY(statement, database.statement(sql));
  statement->bind(1, view(argument));
  CAUSAL_GYM_TRY(count, first_row(*statement, [](const Statement& row) { return row.integer(0); }));
  return count.value_or(0);
}

Status append(Database& database, const AuditEvent& event) {
  return run_sql(database,
                 "INSERT INTO audit_log (at, actor, action, object, outcome, address, request_id,"
                 " trace_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                 event.at, view(event.actor), view(event.action), view(event.object),
                 view(event.outcome), view(event.address), view(event.request_id),
                 view(event.trace_id));
}

bool is_admin(const User& user) { return user.role == Role::admin && !user.disabled; }

// The user as they were. Whoever leaves somebody no admin holds the rows of all admins until it is
// done: taken in one statement and in one order, so that two who do so do not wait for each other.
// Errors: not_found; conflict (no admin would be left).
Result<User> lock_for_change(Database& database, const User& after) {
  CAUSAL_GYM_TRY(statement, database.statement(
                                (is_admin(after) ? locked_user : locked_user_and_admins).c_str()));
  statement->bind(1, view(after.id));
  std::optional<User> before;
  std::size_t other_admins = 0;
  CAUSAL_GYM_CHECKED(for_each_row(*statement, [&](const Statement& row) -> Status {
    auto user = read_user(row);
    if (user.id == after.id)
      before = std::move(user);
    else if (is_admin(user))
      ++other_admins;
    return {};
  }));
  if (!before) return fail(ErrorCode::not_found, "no such user", "name");
  if (is_admin(*before) && !is_admin(after) && other_admins == 0)
    return fail(ErrorCode::conflict, "'" + before->name + "' is the only admin", "name",
                "make another user an admin first");
  return *std::move(before);
}

class SqlAccountStore final : public AccountStore {
 public:
  explicit SqlAccountStore(std::shared_ptr<ConnectionPool> pool) : pool_(std::move(pool)) {}

  Status add_user(const User& user, const AuditEvent& event) override {
    return write([&](Database& database) -> Status {
      CAUSAL_GYM_TRY(users, count_of(database, "SELECT count(*) FROM users WHERE id <> ?1", ""));
      if (static_cast<std::size_t>(users) >= users_limit)
        return fail(ErrorCode::limit_exceeded,
                    "there are " + std::to_string(users_limit) + " users");
      CAUSAL_GYM_TRY(made, changed(database,
                                   "INSERT INTO users (id, name, role, disabled, password_hash,"
                                   " created_at, password_must_change, password_expires_at)"
                                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
                                   " ON CONFLICT (name) DO NOTHING RETURNING id",
                                   view(user.id), view(user.name), role_name(user.role),
                                   bit(user.disabled), view(user.password_hash), user.created_at,
                                   bit(user.password_must_change), user.password_expires_at));
      if (!made) return fail(ErrorCode::conflict, "there is a user '" + user.name + "'", "name");
      return append(database, event);
    });
  }
  Result<std::optional<User>> find_user(const std::string& id) override {
    return find(user_by_id, id, read_user);
  }
  Result<std::optional<User>> find_user_named(const std::string& name) override {
    return find(user_by_name, name, read_user);
  }
  Result<std::vector<User>> list_users() override {
    return list<User>(users_by_name, "", read_user);
  }
  Status change_user(const User& before, const User& user, const std::string& kept_session,
                     const AuditEvent& event) override {
    return write([&](Database& database) -> Status {
      CAUSAL_GYM_TRY(now, lock_for_change(database, user));
      if (now != before) return fail(changed_meanwhile());
      CAUSAL_GYM_CHECKED(run_sql(database,
                                 "UPDATE users SET role = ?2, disabled = ?3, password_hash = ?4,"
                                 " password_must_change = ?5, password_expires_at = ?6"
                                 " WHERE id = ?1",
                                 view(user.id), role_name(user.role), bit(user.disabled),
                                 view(user.password_hash), bit(user.password_must_change),
                                 user.password_expires_at));
      if (user.disabled || user.password_hash != before.password_hash)
        CAUSAL_GYM_CHECKED(end_sessions(database, user.id, kept_session, event.at));
      return append(database, event);
    });
  }

  Status add_session(const Session& session, const std::string& digest,
                     const AuditEvent& event) override {
    return write([&](Database& database) -> Status {
      CAUSAL_GYM_CHECKED(run_sql(database,
                                 "INSERT INTO sessions (id, user_id, browser, created_at, used_at,"
                                 " expires_at, ended_at, address, client)"
                                 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL, ?7, ?8)",
                                 view(session.id), view(session.user), bit(session.browser),
                                 session.created_at, session.used_at, session.expires_at,
                                 view(session.address), view(session.client)));
      CAUSAL_GYM_CHECKED(add_token(database, digest, session.id));
      return append(database, event);
    });
  }
  Result<std::optional<FoundSession>> find_session(const std::string& digest) override {
    return find(session_by_token, digest, read_found_session);
  }
  Result<std::optional<Session>> find_session_by_id(const std::string& id) override {
    return find(session_by_id, id, read_session);
  }
  Result<std::vector<Session>> list_sessions(const std::string& user, std::int64_t at) override {
    using Sessions = std::vector<Session>;
    return transacted<Sessions>(Kind::read, [&](Database& database) -> Result<Sessions> {
      CAUSAL_GYM_TRY(statement, database.statement(sessions_of_user.c_str()));
      statement->bind(1, view(user))
          .bind(2, at)
          .bind(3, static_cast<std::int64_t>(listed_sessions_limit));
      return all_rows<Session>(*statement, read_session);
    });
  }
  Result<bool> rotate_token(const std::string& digest, const std::string& next,
                            std::int64_t used_at, std::int64_t expires_at) override {
    return transacted<bool>(Kind::write, [&](Database& database) -> Result<bool> {
      CAUSAL_GYM_TRY(statement,
                     database.statement("UPDATE session_tokens SET replaced = 1 WHERE digest = ?1"
                                        " AND replaced = 0 AND session IN (SELECT id FROM sessions"
                                        " WHERE ended_at IS NULL) RETURNING session"));
      statement->bind(1, view(digest));
      CAUSAL_GYM_TRY(session,
                     first_row(*statement, [](const Statement& row) { return row.text(0); }));
      if (!session) return false;
      CAUSAL_GYM_CHECKED(add_token(database, next, *session));
      CAUSAL_GYM_CHECKED(touch(database, *session, used_at, expires_at));
      return true;
    });
  }
  Status touch_session(const std::string& id, std::int64_t used_at,
                       std::int64_t expires_at) override {
    return write([&](Database& database) { return touch(database, id, used_at, expires_at); });
  }
  Status end_session(const std::string& id, std::int64_t at, const AuditEvent& event) override {
    return write([&](Database& database) -> Status {
      CAUSAL_GYM_CHECKED(
          run_sql(database, "UPDATE sessions SET ended_at = ?2 WHERE id = ?1 AND ended_at IS NULL",
                  view(id), at));
      return append(database, event);
    });
  }
  Status forget_sessions(std::int64_t expired_before) override {
    return write([&](Database& database) {
      return run_sql(database, "DELETE FROM sessions WHERE expires_at < ?1", expired_before);
    });
  }

  Status put_second_factor(const SecondFactor& factor, const AuditEvent& event) override {
    return write([&](Database& database) -> Status {
      CAUSAL_GYM_TRY(put, changed(database,
                                  "INSERT INTO second_factors (user_id, secret, confirmed,"
                                  " last_step, created_at) VALUES (?1, ?2, 0, 0, ?3)"
                                  " ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret,"
                                  " created_at = excluded.created_at"
                                  " WHERE second_factors.confirmed = 0 RETURNING user_id",
                                  view(factor.user), view(factor.secret), factor.created_at));
      if (!put) return fail(ErrorCode::conflict, "there is a second factor");
      return append(database, event);
    });
  }
  Result<std::optional<SecondFactor>> find_second_factor(const std::string& user) override {
    return find(factor_of_user, user, read_factor);
  }
  Result<std::vector<SecondFactor>> list_second_factors() override {
    return list<SecondFactor>(confirmed_factors, "", read_factor);
  }
  Result<bool> confirm_second_factor(const SecondFactor& factor, std::int64_t step,
                                     const std::vector<std::string>& digests,
                                     const AuditEvent& event) override {
    return transacted<bool>(Kind::write, [&](Database& database) -> Result<bool> {
      CAUSAL_GYM_TRY(confirmed, changed(database,
                                        "UPDATE second_factors SET confirmed = 1, last_step = ?3"
                                        " WHERE user_id = ?1 AND secret = ?2 AND confirmed = 0"
                                        " RETURNING user_id",
                                        view(factor.user), view(factor.secret), step));
      if (!confirmed) return false;
      for (const auto& digest : digests)
        CAUSAL_GYM_CHECKED(run_sql(database,
                                   "INSERT INTO recovery_codes (user_id, digest) VALUES (?1, ?2)",
                                   view(factor.user), view(digest)));
      CAUSAL_GYM_CHECKED(append(database, event));
      return true;
    });
  }
  Result<bool> take_code(const std::string& user, std::int64_t step) override {
    return transacted<bool>(Kind::write, [&](Database& database) {
      return changed(database,
                     "UPDATE second_factors SET last_step = ?2 WHERE user_id = ?1"
                     " AND confirmed = 1 AND last_step < ?2 RETURNING user_id",
                     view(user), step);
    });
  }
  Result<bool> take_recovery_code(const std::string& user, const std::string& digest,
                                  const AuditEvent& event) override {
    return transacted<bool>(Kind::write, [&](Database& database) -> Result<bool> {
      CAUSAL_GYM_TRY(taken, changed(database,
                                    "DELETE FROM recovery_codes WHERE user_id = ?1"
                                    " AND digest = ?2 RETURNING user_id",
                                    view(user), view(digest)));
      if (taken) CAUSAL_GYM_CHECKED(append(database, event));
      return taken;
    });
  }
  Status remove_second_factor(const std::string& user, const AuditEvent& event) override {
    return write([&](Database& database) -> Status {
      CAUSAL_GYM_TRY(removed, changed(database,
                                      "DELETE FROM second_factors WHERE user_id = ?1"
                                      " RETURNING user_id",
                                      view(user)));
      if (!removed) return fail(ErrorCode::not_found, "there is no second factor", "name");
      CAUSAL_GYM_CHECKED(end_sessions(database, user, "", event.at));
      return append(database, event);
    });
  }

  Status add_key(const ApiKey& key, const AuditEvent& event) override {
    return write([&](Database& database) -> Status {
      // Two at once wait for each other, so that both do not fit into the last place.
      CAUSAL_GYM_CHECKED(
          run_sql(database, "SELECT id FROM users WHERE id = ?1 {for_update}", view(key.user)));
      CAUSAL_GYM_TRY(keys, count_of(database,
                                    "SELECT count(*) FROM api_keys WHERE user_id = ?1"
                                    " AND revoked_at IS NULL",
                                    key.user));
      if (static_cast<std::size_t>(keys) >= keys_of_a_user_limit)
        return fail(ErrorCode::limit_exceeded,
                    "you have " + std::to_string(keys_of_a_user_limit) + " keys", {},
                    "revoke one that is not used");
      CAUSAL_GYM_CHECKED(run_sql(database,
                                 "INSERT INTO api_keys (id, user_id, label, digest, scopes,"
                                 " created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                                 view(key.id), view(key.user), view(key.label), view(key.digest),
                                 view(scopes_text(key.scopes)), key.created_at, key.expires_at));
      return append(database, event);
    });
  }
  Result<std::optional<ApiKey>> find_key(const std::string& id) override {
    return find(key_by_id, id, read_key);
  }
  Result<std::vector<ApiKey>> list_keys(const std::string& user) override {
    return list<ApiKey>(keys_of_user, user, read_key);
  }
  Status touch_key(const std::string& id, std::int64_t used_at) override {
    return write([&](Database& database) {
      return run_sql(database, "UPDATE api_keys SET used_at = ?2 WHERE id = ?1", view(id), used_at);
    });
  }
  Status revoke_key(const std::string& user, const std::string& id, std::int64_t at,
                    const AuditEvent& event) override {
    return write([&](Database& database) -> Status {
      CAUSAL_GYM_TRY(found, changed(database,
                                    "UPDATE api_keys SET revoked_at = ?3 WHERE user_id = ?1"
                                    " AND id = ?2 AND revoked_at IS NULL RETURNING id",
                                    view(user), view(id), at));
      if (!found) return fail(ErrorCode::not_found, "no key '" + id + "'", "id");
      return append(database, event);
    });
  }

  Status set_owner(const std::string& run, const std::string& user,
                   const AuditEvent& event) override {
    return write([&](Database& database) -> Status {
      CAUSAL_GYM_CHECKED(run_sql(database,
                                 "INSERT INTO run_owners (run, user_id) VALUES (?1, ?2)"
                                 " ON CONFLICT (run) DO NOTHING",
                                 view(run), view(user)));
      CAUSAL_GYM_TRY(owner, owner_of(database, run));
      if (owner != user)
        return fail(ErrorCode::conflict, "run '" + run + "' has another owner", "run");
      return append(database, event);
    });
  }
  Result<OwnedObject> find_owned(const std::string& run, const std::string& user) override {
    return transacted<OwnedObject>(Kind::read, [&](Database& database) -> Result<OwnedObject> {
      CAUSAL_GYM_TRY(owner, owner_of(database, run));
      CAUSAL_GYM_TRY(statement, database.statement("SELECT run FROM run_shares WHERE run = ?1"
                                                   " AND user_id = ?2"));
      statement->bind(1, view(run)).bind(2, view(user));
      CAUSAL_GYM_TRY(shared, first_row(*statement, [](const Statement&) { return true; }));
      return OwnedObject{std::move(owner), shared.has_value()};
    });
  }
  Status share_run(const std::string& run, const std::string& user,
                   const AuditEvent& event) override {
    return write([&](Database& database) -> Status {
      // Two at once wait for each other, so that both do not fit into the last place.
      CAUSAL_GYM_CHECKED(
          run_sql(database, "SELECT id FROM experiments WHERE id = ?1 {for_update}", view(run)));
      CAUSAL_GYM_TRY(shares, other_shares(database, run, user));
      if (static_cast<std::size_t>(shares) >= shares_of_a_run_limit)
        return fail(ErrorCode::limit_exceeded,
                    "the run is shared with " + std::to_string(shares_of_a_run_limit) + " users");
      CAUSAL_GYM_CHECKED(run_sql(database,
                                 "INSERT INTO run_shares (run, user_id) VALUES (?1, ?2)"
                                 " ON CONFLICT (run, user_id) DO NOTHING",
                                 view(run), view(user)));
      return append(database, event);
    });
  }
  Status unshare_run(const std::string& run, const std::string& user,
                     const AuditEvent& event) override {
    return write([&](Database& database) -> Status {
      CAUSAL_GYM_TRY(found, changed(database,
                                    "DELETE FROM run_shares WHERE run = ?1 AND user_id = ?2"
                                    " RETURNING run",
                                    view(run), view(user)));
      if (!found) return fail(ErrorCode::not_found, "the run is not shared with that user", "user");
      return append(database, event);
    });
  }
  Result<std::vector<std::string>> shares_of(const std::string& run) override {
    return list<std::string>(shares_of_run, run, [](const Statement& row) { return row.text(0); });
  }

  Status append_audit(const AuditEvent& event) override {
    return write([&](Database& database) { return append(database, event); });
  }
  Result<std::vector<AuditEvent>> list_audit(std::size_t limit,
                                             std::optional<std::int64_t> before) override {
    if (limit == 0 || limit > audit_page_limit)
      return fail(ErrorCode::invalid_argument,
                  "limit is not from 1 to " + std::to_string(audit_page_limit), "limit");
    using Events = std::vector<AuditEvent>;
    return transacted<Events>(Kind::read, [&](Database& database) -> Result<Events> {
      CAUSAL_GYM_TRY(statement, database.statement(
                                    "SELECT number, at, actor, action, object, outcome, address,"
                                    " request_id, trace_id FROM audit_log WHERE number < ?1"
                                    " ORDER BY number DESC LIMIT ?2"));
      statement->bind(1, before.value_or(std::numeric_limits<std::int64_t>::max()))
          .bind(2, static_cast<std::int64_t>(limit));
      return all_rows<AuditEvent>(*statement, read_event);
    });
  }

 private:
  Status write(const ConnectionPool::Work& work) { return pool_->transact(Kind::write, work); }

  // What the work makes, in one transaction.
  template <class Value, class Work>
  Result<Value> transacted(Kind kind, const Work& work) {
    std::optional<Value> made;
    const auto status = pool_->transact(kind, [&](Database& database) -> Status {
      auto result = work(database);
      if (!result) return fail(std::move(result).error());
      made = *std::move(result);
      return {};
    });
    if (!status) return fail(status.error());
    return *std::move(made);
  }

  template <class Read>
  auto find(const std::string& sql, const std::string& argument, Read read_row)
      -> Result<std::optional<decltype(read_row(std::declval<const Statement&>()))>> {
    using Found = std::optional<decltype(read_row(std::declval<const Statement&>()))>;
    return transacted<Found>(Kind::read, [&](Database& database) -> Result<Found> {
      CAUSAL_GYM_TRY(statement, database.statement(sql.c_str()));
      statement->bind(1, view(argument));
      return first_row(*statement, read_row);
    });
  }

  template <class Value, class Read>
  Result<std::vector<Value>> list(const std::string& sql, const std::string& argument,
                                  Read read_row) {
    using Values = std::vector<Value>;
    return transacted<Values>(Kind::read, [&](Database& database) -> Result<Values> {
      CAUSAL_GYM_TRY(statement, database.statement(sql.c_str()));
      statement->bind(1, view(argument));
      return all_rows<Value>(*statement, read_row);
    });
  }

  static Status end_sessions(Database& database, const std::string& user, const std::string& kept,
                             std::int64_t at) {
    return run_sql(database,
                   "UPDATE sessions SET ended_at = ?3 WHERE user_id = ?1 AND id <> ?2"
                   " AND ended_at IS NULL",
                   view(user), view(kept), at);
  }
  static Status add_token(Database& database, const std::string& digest,
                          const std::string& session) {
    return run_sql(database,
                   "INSERT INTO session_tokens (digest, session, replaced) VALUES (?1, ?2, 0)",
                   view(digest), view(session));
  }
  static Status touch(Database& database, const std::string& id, std::int64_t used_at,
                      std::int64_t expires_at) {
    return run_sql(database, "UPDATE sessions SET used_at = ?2, expires_at = ?3 WHERE id = ?1",
                   view(id), used_at, expires_at);
  }
  static Result<std::int64_t> other_shares(Database& database, const std::string& run,
                                           const std::string& user) {
    CAUSAL_GYM_TRY(statement, database.statement("SELECT count(*) FROM run_shares WHERE run = ?1"
                                                 " AND user_id <> ?2"));
    statement->bind(1, view(run)).bind(2, view(user));
    CAUSAL_GYM_TRY(count,
                   first_row(*statement, [](const Statement& row) { return row.integer(0); }));
    return count.value_or(0);
  }
  static Result<std::optional<std::string>> owner_of(Database& database, const std::string& run) {
    CAUSAL_GYM_TRY(statement, database.statement("SELECT user_id FROM run_owners WHERE run = ?1"));
    statement->bind(1, view(run));
    return first_row(*statement, [](const Statement& row) { return row.text(0); });
  }

  std::shared_ptr<ConnectionPool> pool_;
};

}  // namespace

Result<std::unique_ptr<AccountStore>> open_account_store(const std::string& target,
                                                         const DatabaseOptions& options) {
  CAUSAL_GYM_TRY(pool, open_pool(target, options, sqlite_connections));
  return std::unique_ptr<AccountStore>(std::make_unique<SqlAccountStore>(std::move(pool)));
}

}  // namespace causal_gym

#include "platform/store/schema.h"

namespace causal_gym {
namespace {

constexpr std::int64_t application_id = 0x43476d31;  // "CGm1": says whose file it is

Result<std::int64_t> number_of(Database& database, const char* sql) {
  CAUSAL_GYM_TRY(statement, database.statement(sql));
  CAUSAL_GYM_TRY(row, statement->step());
  const std::int64_t number = row ? statement->integer(0) : 0;
  statement->reset();
  return number;
}

Status check_owner(Database& database) {
  CAUSAL_GYM_TRY(owner, number_of(database, "PRAGMA application_id"));
  CAUSAL_GYM_TRY(tables, number_of(database, "SELECT count(*) FROM sqlite_schema"));
  if (owner == application_id || (owner == 0 && tables == 0)) return {};
  return fail(ErrorCode::conflict, "'" + database.path() + "' is a database of another program",
              database.path(), "name another file");
}

// True when a migration was applied, false when there is none left.
Result<bool> migrate_once(Database& database, std::span<const Migration> list) {
  CAUSAL_GYM_TRY(transaction, Transaction::begin(database, Transaction::Kind::write));
  CAUSAL_GYM_CHECKED(check_schema(database, list));
  CAUSAL_GYM_TRY(version, number_of(database, "PRAGMA user_version"));
  if (version == static_cast<std::int64_t>(list.size())) return false;
  CAUSAL_GYM_CHECKED(database.execute(std::string(list[static_cast<std::size_t>(version)].sql)));
  CAUSAL_GYM_CHECKED(database.execute("PRAGMA application_id = " + std::to_string(application_id) +
                                      "; PRAGMA user_version = " + std::to_string(version + 1)));
  CAUSAL_GYM_CHECKED(transaction.commit());
  return true;
}

}  // namespace

Status check_schema(Database& database, std::span<const Migration> list) {
  CAUSAL_GYM_CHECKED(check_owner(database));
  CAUSAL_GYM_TRY(version, number_of(database, "PRAGMA user_version"));
  if (version >= 0 && version <= static_cast<std::int64_t>(list.size())) return {};
  return fail(ErrorCode::conflict,
              "'" + database.path() + "' has schema version " + std::to_string(version) +
                  ", this program knows up to " + std::to_string(list.size()),
              database.path(), "use the newer program that wrote it");
}

Status check_up_to_date(Database& database, std::span<const Migration> list) {
  CAUSAL_GYM_TRY(version, number_of(database, "PRAGMA user_version"));
  if (version == static_cast<std::int64_t>(list.size())) return {};
  return fail(ErrorCode::unavailable,
              "database '" + database.path() + "' has schema version " + std::to_string(version) +
                  " and has to be brought to " + std::to_string(list.size()),
              database.path(), "open it once as a user who may write to it");
}

Status migrate(Database& database, std::span<const Migration> list) {
  if (check_up_to_date(database, list)) return {};
  for (;;) {
    CAUSAL_GYM_TRY(applied, migrate_once(database, list));
    if (!applied) return {};
  }
}

}  // namespace causal_gym

#include "platform/store/schema.h"

#include <charconv>
#include <string>

#include "engine/base/check.h"

namespace causal_gym {
namespace {

constexpr std::int64_t application_id = 0x43476d31;  // "CGm1": says whose database it is

// Its rows: version, name, oldest version of a program that may use it. A SQLite file has its
// version and its owner in its header besides, where other programs look.
constexpr const char* make_table_of_versions =
    "CREATE TABLE IF NOT EXISTS causal_gym_schema (version {integer} PRIMARY KEY,"
    " name {text} NOT NULL, oldest_program {integer} NOT NULL CHECK (oldest_program <= version),"
    " applied_at {text} NOT NULL)";

// How each database tells what is in it.
struct Questions {
  const char* has_versions;  // the table above
  const char* tables;        // that are of somebody
  const char* version;       // when there is that table
};

const Questions& questions_for(const Database& database) {
  static constexpr Questions sqlite = {
      "SELECT count(*) FROM sqlite_schema WHERE name = 'causal_gym_schema'",
      "SELECT count(*) FROM sqlite_schema", "PRAGMA user_version"};
  static constexpr Questions postgresql = {
      "SELECT (to_regclass('causal_gym_schema') IS NOT NULL)::int",
      // An extension's tables are nobody's.
      "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
      " AND relkind IN ('r', 'p') AND NOT EXISTS"
      " (SELECT 1 FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')",
      "SELECT coalesce(max(version), 0) FROM causal_gym_schema"};
  return database.dialect() == Dialect::sqlite ? sqlite : postgresql;
}

Result<std::int64_t> number_of(Database& database, const char* sql) {
  CAUSAL_GYM_TRY(statement, database.statement(sql));
  CAUSAL_GYM_TRY(row, statement->step());
  const std::int64_t number = row ? statement->integer(0) : 0;
  statement->reset();
  return number;
}

Result<bool> has_versions(Database& database) {
  CAUSAL_GYM_TRY(count, number_of(database, questions_for(database).has_versions));
  return count > 0;
}

Result<std::int64_t> version_of(Database& database) {
  CAUSAL_GYM_TRY(known, has_versions(database));
  if (!known && database.dialect() == Dialect::postgresql) return 0;
  return number_of(database, questions_for(database).version);
}

// Of a program that may use the database, as the migrations beyond `known` say, each for itself;
// the database's version when nothing is said.
Result<std::int64_t> oldest_program(Database& database, std::int64_t version, std::int64_t known) {
  CAUSAL_GYM_TRY(has_table, has_versions(database));
  if (!has_table) return version;
  CAUSAL_GYM_TRY(statement, database.statement("SELECT max(oldest_program), count(*)"
                                               " FROM causal_gym_schema WHERE version > ?1"));
  statement->bind(1, known);
  CAUSAL_GYM_TRY(row, statement->step());
  const bool is_whole = row && statement->integer(1) == version - known;
  const auto oldest = is_whole ? statement->integer(0) : version;
  statement->reset();
  return oldest;
}

Status check_owner(Database& database) {
  CAUSAL_GYM_TRY(tables, number_of(database, questions_for(database).tables));
  if (tables == 0) return {};
  bool is_ours = false;
  if (database.dialect() == Dialect::sqlite) {
    CAUSAL_GYM_TRY(owner, number_of(database, "PRAGMA application_id"));
    is_ours = owner == application_id;
  } else {
    CAUSAL_GYM_TRY(known, has_versions(database));
    is_ours = known;
  }
  if (is_ours) return {};
  return fail(ErrorCode::conflict, "'" + database.name() + "' is a database of another program",
              database.name(), "name another one");
}

// Of a program that goes on beside the migration, which brings a database to that version.
std::int64_t oldest_program_beside(const Migration& migration, std::int64_t version) {
  constexpr std::string_view with = "-- compatible with: ";
  if (migration.sql.starts_with("-- compatible: ")) return version - 1;
  if (!migration.sql.starts_with(with)) return version;
  std::int64_t oldest = 0;
  const auto* const number = migration.sql.data() + with.size();
  const auto read = std::from_chars(number, migration.sql.data() + migration.sql.size(), oldest);
  CHECK(read.ec == std::errc() && oldest > 0 && oldest < version);
  return oldest;
}

Status note_version(Database& database, std::int64_t version, const Migration& migration) {
  if (database.dialect() == Dialect::sqlite)
    CAUSAL_GYM_CHECKED(
        database.execute("PRAGMA application_id = " + std::to_string(application_id) +
                         "; PRAGMA user_version = " + std::to_string(version)));
  CAUSAL_GYM_TRY(statement,
                 database.statement("INSERT INTO causal_gym_schema (version, name, oldest_program,"
                                    " applied_at) VALUES (?1, ?2, ?3, {now_text})"));
  statement->bind(1, version)
      .bind(2, migration.name)
      .bind(3, oldest_program_beside(migration, version));
  return statement->run();
}

// True when a migration was applied, false when there is none left.
Result<bool> migrate_once(Database& database, std::span<const Migration> list) {
  CAUSAL_GYM_TRY(transaction, Transaction::begin(database, TransactionKind::schema));
  if (database.dialect() == Dialect::postgresql)
    CAUSAL_GYM_CHECKED(
        database.execute("SELECT pg_advisory_xact_lock(" + std::to_string(application_id) + ")"));
  CAUSAL_GYM_CHECKED(check_schema(database, list));
  CAUSAL_GYM_TRY(version, version_of(database));
  if (version >= static_cast<std::int64_t>(list.size())) return false;
  const auto& migration = list[static_cast<std::size_t>(version)];
  CAUSAL_GYM_CHECKED(database.execute(in_dialect(make_table_of_versions, database.dialect())));
  CAUSAL_GYM_CHECKED(database.execute(in_dialect(migration.sql, database.dialect())));
  CAUSAL_GYM_CHECKED(note_version(database, version + 1, migration));
  CAUSAL_GYM_CHECKED(transaction.commit());
  return true;
}

}  // namespace

Status check_schema(Database& database, std::span<const Migration> list) {
  CAUSAL_GYM_CHECKED(check_owner(database));
  CAUSAL_GYM_TRY(version, version_of(database));
  const auto known = static_cast<std::int64_t>(list.size());
  if (version >= 0 && version <= known) return {};
  CAUSAL_GYM_TRY(oldest, oldest_program(database, version, known));
  if (version > known && oldest <= known) return {};
  return fail(ErrorCode::conflict,
              "'" + database.name() + "' has schema version " + std::to_string(version) +
                  ", this program knows up to " + std::to_string(list.size()) +
                  " and would have to know " + std::to_string(oldest),
              database.name(), "use the newer program that wrote it");
}

Status check_up_to_date(Database& database, std::span<const Migration> list) {
  CAUSAL_GYM_TRY(version, version_of(database));
  if (version >= static_cast<std::int64_t>(list.size())) return {};
  return fail(ErrorCode::unavailable,
              "database '" + database.name() + "' has schema version " + std::to_string(version) +
                  " and has to be brought to " + std::to_string(list.size()),
              database.name(), "open it once as a user who may write to it");
}

Status migrate(Database& database, std::span<const Migration> list) {
  {
    CAUSAL_GYM_TRY(transaction, Transaction::begin(database, TransactionKind::read));
    if (check_up_to_date(database, list)) return {};
  }
  for (;;) {
    CAUSAL_GYM_TRY(applied, migrate_once(database, list));
    if (!applied) return {};
  }
}

}  // namespace causal_gym

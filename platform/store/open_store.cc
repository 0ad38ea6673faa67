#include "platform/store/open_store.h"

#include <chrono>

#include "platform/store/database_target.h"
#include "platform/store/postgres_database.h"
#include "platform/store/schema.h"
#include "platform/store/sql_run_store.h"
#include "platform/store/sqlite_database.h"

namespace causal_gym {

namespace {

constexpr std::size_t sqlite_readers = 4;

// One state of the database: another process may be making its tables.
Status check_tables(Database& database) {
  CAUSAL_GYM_TRY(transaction, Transaction::begin(database, TransactionKind::read));
  return check_schema(database, migrations());
}

// Commits of programs that have long ended.
Status forget_old_commits(Database& database) {
  if (database.dialect() == Dialect::sqlite) return {};
  CAUSAL_GYM_TRY(transaction, Transaction::begin(database, TransactionKind::write));
  CAUSAL_GYM_TRY(statement, database.statement("DELETE FROM commits"
                                               " WHERE committed_at < {now_seconds} - 86400"));
  CAUSAL_GYM_CHECKED(statement->run_later());
  return transaction.commit();
}

std::shared_ptr<ConnectionPool> pool_of(std::unique_ptr<Database> first, const std::string& target,
                                        const DatabaseOptions& options,
                                        std::size_t sqlite_connections) {
  const bool is_sqlite = first->dialect() == Dialect::sqlite;
  const PoolLimits limits{is_sqlite ? sqlite_connections : options.connections,
                          std::chrono::milliseconds(options.connection_wait_ms),
                          std::chrono::milliseconds(options.patience_ms)};
  return std::make_shared<ConnectionPool>(
      std::move(first),
      [target, options]() -> Result<std::unique_ptr<Database>> {
        CAUSAL_GYM_TRY(database, open_database(target, options));
        if (!options.read_only) CAUSAL_GYM_CHECKED(database->make_durable());
        return database;
      },
      limits);
}

}  // namespace

Result<std::unique_ptr<Database>> open_database(const std::string& target,
                                                const DatabaseOptions& options) {
  CAUSAL_GYM_CHECKED(check_target(target));
  return is_postgres_url(target) ? open_postgres(target, options) : open_sqlite(target, options);
}

Result<std::shared_ptr<ConnectionPool>> open_pool(const std::string& target,
                                                  const DatabaseOptions& options,
                                                  std::size_t sqlite_connections) {
  CAUSAL_GYM_TRY(database, open_database(target, options));
  if (!options.read_only) CAUSAL_GYM_CHECKED(database->make_durable());
  return pool_of(std::move(database), target, options, sqlite_connections);
}

Result<std::unique_ptr<JobStore>> open_store(const std::string& target,
                                             const DatabaseOptions& options) {
  CAUSAL_GYM_TRY(database, open_database(target, options));
  CAUSAL_GYM_CHECKED(check_tables(*database));
  std::shared_ptr<ConnectionPool> writing;
  std::shared_ptr<ConnectionPool> reading;
  if (options.read_only) {
    {
      CAUSAL_GYM_TRY(transaction, Transaction::begin(*database, TransactionKind::read));
      CAUSAL_GYM_CHECKED(check_up_to_date(*database, migrations()));
    }
    reading = pool_of(std::move(database), target, options, sqlite_readers);
  } else {
    CAUSAL_GYM_CHECKED(database->make_durable());
    CAUSAL_GYM_CHECKED(migrate(*database, migrations()));
    CAUSAL_GYM_CHECKED(forget_old_commits(*database));
    writing = pool_of(std::move(database), target, options, 1);
    reading = writing;
    if (!is_postgres_url(target)) {
      // Readers have their own, so that they never wait for a write to reach the disk.
      CAUSAL_GYM_TRY(reader, open_pool(target, options, sqlite_readers));
      reading = std::move(reader);
    }
  }
  return std::unique_ptr<JobStore>(
      std::make_unique<SqlRunStore>(std::move(writing), std::move(reading), options.lease_seconds));
}

}  // namespace causal_gym

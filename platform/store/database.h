// The seam to SQL: a connection to a database, its statements and transactions, with errors as
// Result. One code over it runs on SQLite (sqlite_database.h) and PostgreSQL (postgres_database.h);
// what the two say differently is in dialect.h.
//
// A connection is for one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/result.h"
#include "platform/store/dialect.h"

namespace causal_gym {

// A statement: bind from 1, step through the rows, read columns from 0.
class Statement {
 public:
  Statement() = default;
  virtual ~Statement() = default;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Binding cannot fail but for texts over the database's limit, which step() then reports. A
  // number that is none (NaN) is bound as null.
  virtual Statement& bind(int index, std::string_view text) = 0;
  virtual Statement& bind(int index, std::int64_t number) = 0;
  virtual Statement& bind(int index, double number) = 0;
  virtual Statement& bind_null(int index) = 0;
  template <class T>
  Statement& bind(int index, const std::optional<T>& value) {
    return value ? bind(index, *value) : bind_null(index);
  }

  // True when there is a row to read; false at the end. Errors: invalid_argument (a value that its
  // column does not take), conflict (another constraint), unavailable (busy, full, read-only,
  // damaged, out of reach: naming the database).
  [[nodiscard]] virtual Result<bool> step() = 0;
  // Steps to the end of a statement whose rows nobody reads.
  [[nodiscard]] Status run();
  // As run(), but not before the next step, or the commit, of its connection, which then gives the
  // error: many of these make one round trip.
  [[nodiscard]] virtual Status run_later() { return run(); }
  virtual void reset() = 0;

  // Any bytes come back as they were bound; numbers to the bit, but that SQLite's -0 is 0.
  [[nodiscard]] virtual std::string text(int column) const = 0;
  [[nodiscard]] virtual std::int64_t integer(int column) const = 0;
  [[nodiscard]] virtual double real(int column) const = 0;
  [[nodiscard]] virtual bool is_null(int column) const = 0;
  [[nodiscard]] std::optional<std::string> optional_text(int column) const;
  [[nodiscard]] std::optional<std::int64_t> optional_integer(int column) const;
  [[nodiscard]] std::optional<double> optional_real(int column) const;
};

// Calls read(row), which gives a Status, for each row of a bound statement.
template <class Read>
[[nodiscard]] Status for_each_row(Statement& statement, Read read) {
  for (;;) {
    CAUSAL_GYM_TRY(row, statement.step());
    if (!row) return {};
    Status status = read(statement);
    if (!status) {
      statement.reset();
      return status;
    }
  }
}

// schema: a write that may take long, for a migration.
enum class TransactionKind { read, write, schema };

class Database {
 public:
  Database() = default;
  virtual ~Database() = default;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  [[nodiscard]] virtual Dialect dialect() const = 0;
  // For people, without any password: a path, or "postgresql://user@host/name".
  [[nodiscard]] virtual const std::string& name() const = 0;
  // What commits from now on survives a crash. Errors: unavailable.
  [[nodiscard]] virtual Status make_durable() = 0;
  // The connection is of no use any more: what was not committed is undone.
  [[nodiscard]] virtual bool is_lost() const { return false; }
  // Lost in a commit of which nobody knows how it ended.
  [[nodiscard]] virtual bool is_in_doubt() const { return false; }

  // Runs statements without rows and without parameters, separated by ';', as they are.
  [[nodiscard]] virtual Status execute(const std::string& sql) = 0;
  // The statement, ready to be bound; put in the connection's dialect at its first use. `sql` lives
  // as long as the program.
  [[nodiscard]] virtual Result<Statement*> statement(const char* sql) = 0;

 protected:
  friend class Transaction;
  [[nodiscard]] virtual Status begin(TransactionKind kind) = 0;
  [[nodiscard]] virtual Status commit() = 0;
  virtual void roll_back() = 0;
};

// Rolls back unless committed.
class Transaction {
 public:
  using Kind = TransactionKind;

  // A read transaction sees one state of the database. A write transaction of SQLite takes the
  // write lock at once, so that it cannot fail halfway for another writer; one of PostgreSQL locks
  // what it reads first (`{for_update}` in dialect.h).
  [[nodiscard]] static Result<Transaction> begin(Database& database, Kind kind);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  // When it returns without error, what was written is on the disk; with one, nothing is, unless
  // the message says that this is not known (PostgreSQL, when it went away in the middle of the
  // commit and did not come back in time).
  [[nodiscard]] Status commit();

 private:
  explicit Transaction(Database* database) : database_(database) {}
  Database* database_;
};

}  // namespace causal_gym

// SQLite behind values: a database, its statements and transactions, with errors as Result.
// Source: sqlite.org/c3ref. One object is for one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace causal_gym {

// A prepared statement: bind from 1, step through the rows, read columns from 0.
class Statement {
 public:
  Statement(sqlite3* database, sqlite3_stmt* statement, const std::string& path)
      : database_(database), statement_(statement), path_(path) {}
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Binding cannot fail but for texts over SQLite's limit, which step() then reports.
  Statement& bind(int index, std::string_view text);
  Statement& bind(int index, std::int64_t number);
  Statement& bind(int index, double number);
  Statement& bind_null(int index);
  template <class T>
  Statement& bind(int index, const std::optional<T>& value) {
    return value ? bind(index, *value) : bind_null(index);
  }

  // True when there is a row to read; false at the end. Errors: invalid_argument (a value
  // that its column does not take), conflict (another constraint), unavailable (busy, full,
  // read-only, damaged: naming the file).
  [[nodiscard]] Result<bool> step();
  // Steps to the end of a statement that gives no rows.
  [[nodiscard]] Status run();
  void reset();

  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::optional<std::string> optional_text(int column) const;
  [[nodiscard]] std::optional<double> optional_real(int column) const;

 private:
  sqlite3* database_;
  sqlite3_stmt* statement_;
  const std::string& path_;
  int failed_bind_ = 0;
};

struct DatabaseOptions {
  int busy_timeout_ms = 5'000;     // how long to wait for another process
  bool read_only = false;          // the file is there; nothing is made or changed
  std::int64_t largest_pages = 0;  // of the file, in pages of 4 KiB; 0: no limit
};

class Database {
 public:
  // Opens or creates the file, with its folder, and changes nothing in it. While another process
  // writes, it looks again every few milliseconds, so that every writer gets its turn. Errors:
  // unavailable, naming the path and the reason.
  [[nodiscard]] static Result<std::unique_ptr<Database>> open(const std::string& path,
                                                              const DatabaseOptions& options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Write-ahead log, synchronous=FULL, foreign keys on: what commits survives a crash, and a reader
  // never waits for a writer. Errors: unavailable.
  [[nodiscard]] Status make_durable();

  // Runs statements without rows, separated by ';'.
  [[nodiscard]] Status execute(const std::string& sql);
  // The statement, ready to be bound; compiled at its first use. `sql` lives as long as the
  // program.
  [[nodiscard]] Result<Statement*> statement(const char* sql);
  [[nodiscard]] std::int64_t last_inserted() const;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  Database(sqlite3* database, std::string path, const DatabaseOptions& options);
  [[nodiscard]] Status use_write_ahead_log();
  [[nodiscard]] static int wait_for_others(void* database, int attempt);

  sqlite3* database_;
  std::string path_;
  DatabaseOptions options_;
  std::int64_t waiting_since_ms_ = 0;
  std::map<const char*, std::unique_ptr<Statement>> statements_;
};

// Rolls back unless committed.
class Transaction {
 public:
  enum class Kind { read, write };

  // A write transaction takes the write lock at once, so that it cannot fail halfway for another
  // writer.
  [[nodiscard]] static Result<Transaction> begin(Database& database, Kind kind);
  // Part of one that is open: its commit does nothing.
  [[nodiscard]] static Transaction inner() { return Transaction(nullptr); }
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  // When it returns without error, what was written is on the disk.
  [[nodiscard]] Status commit();

 private:
  explicit Transaction(Database* database) : database_(database) {}
  Database* database_;
};

}  // namespace causal_gym

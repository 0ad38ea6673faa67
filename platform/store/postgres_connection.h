// One connection to PostgreSQL: commands out in one pipeline, results back, within a bounded time.
//
// Source: postgresql.org/docs/15/libpq-pipeline-mode.html. Only unnamed statements are used, and
// nothing is set that outlives a transaction, so that PgBouncer in transaction mode may be between.
// Cost: a round trip for each call of run().
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"

struct pg_conn;
struct pg_result;

namespace causal_gym {

// In PostgreSQL's binary form; type 0: what the statement takes it for.
struct PostgresParameter {
  std::optional<std::string> bytes;
  unsigned type = 0;
};

struct PostgresCommand {
  std::string sql;
  std::vector<PostgresParameter> parameters = {};
};

// The rows that a command gave, in binary form.
class PostgresRows {
 public:
  PostgresRows() = default;
  explicit PostgresRows(pg_result* result) : result_(result, clear) {}

  [[nodiscard]] int count() const;
  [[nodiscard]] bool is_null(int row, int column) const;
  [[nodiscard]] std::string_view bytes(int row, int column) const;
  // Of a whole number or truth value of any width.
  [[nodiscard]] std::int64_t integer(int row, int column) const;
  [[nodiscard]] double real(int row, int column) const;
  // "INSERT 0 1", "COMMIT", "ROLLBACK", ...
  [[nodiscard]] std::string command() const;

 private:
  static void clear(pg_result* result);
  std::shared_ptr<pg_result> result_;
};

class PostgresConnection {
 public:
  // Errors: unavailable, naming the server and the database, but no password; invalid_argument (a
  // malformed URL).
  [[nodiscard]] static Result<std::unique_ptr<PostgresConnection>> open(const std::string& url);
  ~PostgresConnection();
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  // Runs the commands, each when those before it succeeded; the rows of the last one. Errors: of
  // the first that failed: invalid_argument (a value that its column does not take), conflict
  // (another constraint), unavailable. A server that says nothing until the time is over is lost.
  [[nodiscard]] Result<PostgresRows> run(std::span<const PostgresCommand> commands,
                                         std::chrono::milliseconds time);
  // The same for statements without parameters, separated by ';'.
  [[nodiscard]] Status run_script(const std::string& sql, std::chrono::milliseconds time);

  [[nodiscard]] bool is_lost() const { return is_lost_; }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  using Deadline = std::chrono::steady_clock::time_point;

  PostgresConnection(pg_conn* connection, std::string name)
      : connection_(connection), name_(std::move(name)) {}
  [[nodiscard]] Status check_encoding();
  [[nodiscard]] Status send(std::span<const PostgresCommand> commands);
  // The next result, or none at the end of a command's.
  [[nodiscard]] Result<pg_result*> next_result(Deadline deadline);
  [[nodiscard]] Status wait_for_server(Deadline deadline);
  [[nodiscard]] tl::unexpected<Error> lost(const std::string& reason);
  [[nodiscard]] Error error_of(const pg_result* result);

  pg_conn* connection_;
  std::string name_;
  bool is_lost_ = false;
};

}  // namespace causal_gym

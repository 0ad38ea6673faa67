#include "platform/store/postgres_database.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <map>
#include <random>
#include <thread>

#include "platform/store/postgres_connection.h"
#include "platform/store/postgres_text.h"

namespace causal_gym {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr unsigned type_of_integers = 20;  // int8
constexpr unsigned type_of_reals = 701;    // float8
constexpr std::size_t most_waiting = 256;  // commands of one pipeline
constexpr std::size_t most_waiting_bytes = 4U << 20U;
constexpr std::size_t longest_text = 256U << 20U;
constexpr milliseconds schema_time{600'000};
constexpr milliseconds answer_time{5'000};  // of a server beyond its own limit of a statement
constexpr milliseconds first_pause{50};
constexpr milliseconds longest_pause{500};
constexpr std::int64_t commits_kept = 64;  // of one connection, of which only the last can matter

std::string big_endian(std::uint64_t number) {
  std::string bytes(8, '\0');
  for (int i = 7; i >= 0; --i, number >>= 8U)
    bytes[static_cast<std::size_t>(i)] = static_cast<char>(number & 0xffU);
  return bytes;
}

PostgresParameter parameter_of(std::int64_t number) {
  return {big_endian(static_cast<std::uint64_t>(number)), type_of_integers};
}

std::size_t bytes_of(const PostgresCommand& command) {
  std::size_t bytes = command.sql.size();
  for (const auto& parameter : command.parameters)
    if (parameter.bytes) bytes += parameter.bytes->size();
  return bytes;
}

std::string new_connection_name() {
  std::random_device entropy;
  return fmt::format("{:08x}{:08x}{:08x}", entropy(), entropy(), entropy());
}

class PostgresDatabase;

class PostgresStatement final : public Statement {
 public:
  PostgresStatement(PostgresDatabase& database, const char* sql)
      : database_(database), command_{in_dialect(sql, Dialect::postgresql)} {}

  Statement& bind(int index, std::string_view text) override;
  Statement& bind(int index, std::int64_t number) override {
    place(index) = parameter_of(number);
    return *this;
  }
  Statement& bind(int index, double number) override;
  Statement& bind_null(int index) override {
    place(index) = {};
    return *this;
  }
  [[nodiscard]] Result<bool> step() override;
  [[nodiscard]] Status run_later() override;
  void reset() override {
    rows_ = {};
    row_ = -1;
  }
  [[nodiscard]] std::string text(int column) const override {
    return from_postgres_text(rows_.bytes(row_, column));
  }
  [[nodiscard]] std::int64_t integer(int column) const override {
    return rows_.is_null(row_, column) ? 0 : rows_.integer(row_, column);
  }
  [[nodiscard]] double real(int column) const override {
    return rows_.is_null(row_, column) ? 0 : rows_.real(row_, column);
  }
  [[nodiscard]] bool is_null(int column) const override { return rows_.is_null(row_, column); }

 private:
  PostgresParameter& place(int index) {
    const auto size = static_cast<std::size_t>(index);
    if (command_.parameters.size() < size) command_.parameters.resize(size);
    return command_.parameters[size - 1];
  }
  [[nodiscard]] Status check_texts() const;

  PostgresDatabase& database_;
  PostgresCommand command_;
  bool is_too_long_ = false;
  PostgresRows rows_;
  int row_ = -1;  // of a statement that was stepped
};

class PostgresDatabase final : public Database {
 public:
  PostgresDatabase(std::unique_ptr<PostgresConnection> connection, std::string url,
                   const DatabaseOptions& options)
      : connection_(std::move(connection)), url_(std::move(url)), options_(options) {}

  [[nodiscard]] Dialect dialect() const override { return Dialect::postgresql; }
  [[nodiscard]] const std::string& name() const override { return connection_->name(); }
  [[nodiscard]] Status make_durable() override { return {}; }  // each transaction sees to it
  [[nodiscard]] bool is_lost() const override { return connection_->is_lost(); }
  [[nodiscard]] bool is_in_doubt() const override { return is_in_doubt_; }
  [[nodiscard]] Status execute(const std::string& sql) override;
  [[nodiscard]] Result<Statement*> statement(const char* sql) override;

  // Adds the command to those that wait; `add` alone sends them when they are many.
  [[nodiscard]] Status add(PostgresCommand command);
  [[nodiscard]] Result<PostgresRows> run(PostgresCommand command);

 protected:
  [[nodiscard]] Status begin(TransactionKind kind) override;
  [[nodiscard]] Status commit() override;
  void roll_back() override;

 private:
  [[nodiscard]] Result<PostgresRows> send_waiting();
  [[nodiscard]] PostgresCommand settings(TransactionKind kind) const;
  [[nodiscard]] milliseconds time() const;
  void add_commit_number();
  [[nodiscard]] Status find_out(const Error& lost);
  [[nodiscard]] Result<bool> was_kept();

  std::unique_ptr<PostgresConnection> connection_;
  const std::string url_;
  const DatabaseOptions options_;
  const std::string commits_as_ = new_connection_name();
  std::int64_t commit_number_ = 0;
  TransactionKind kind_ = TransactionKind::read;
  bool has_begun_ = false;  // in the server
  bool is_in_doubt_ = false;
  std::vector<PostgresCommand> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::map<const char*, std::unique_ptr<PostgresStatement>> statements_;
};

Statement& PostgresStatement::bind(int index, std::string_view text) {
  is_too_long_ = is_too_long_ || text.size() > longest_text;
  place(index) = {is_too_long_ ? std::string() : to_postgres_text(text), 0};
  return *this;
}

Statement& PostgresStatement::bind(int index, double number) {
  if (std::isnan(number)) return bind_null(index);
  place(index) = {big_endian(std::bit_cast<std::uint64_t>(number)), type_of_reals};
  return *this;
}

Status PostgresStatement::check_texts() const {
  if (!is_too_long_) return {};
  return fail(ErrorCode::limit_exceeded,
              fmt::format("a text of more than {} bytes cannot be kept", longest_text));
}

Result<bool> PostgresStatement::step() {
  if (row_ < 0) {
    CAUSAL_GYM_CHECKED(check_texts());
    CAUSAL_GYM_TRY(rows, database_.run(command_));
    rows_ = std::move(rows);
  }
  if (++row_ < rows_.count()) return true;
  reset();
  return false;
}

Status PostgresStatement::run_later() {
  CAUSAL_GYM_CHECKED(check_texts());
  return database_.add(command_);
}

milliseconds PostgresDatabase::time() const {
  return (kind_ == TransactionKind::schema ? schema_time
                                           : milliseconds(options_.statement_timeout_ms)) +
         answer_time;
}

Result<PostgresRows> PostgresDatabase::send_waiting() {
  const auto commands = std::exchange(waiting_, {});
  waiting_bytes_ = 0;
  has_begun_ = true;
  return connection_->run(commands, time());
}

Status PostgresDatabase::add(PostgresCommand command) {
  waiting_bytes_ += bytes_of(command);
  waiting_.push_back(std::move(command));
  if (waiting_.size() < most_waiting && waiting_bytes_ < most_waiting_bytes) return {};
  CAUSAL_GYM_TRY(rows, send_waiting());
  return {};
}

Result<PostgresRows> PostgresDatabase::run(PostgresCommand command) {
  waiting_.push_back(std::move(command));
  return send_waiting();
}

Status PostgresDatabase::execute(const std::string& sql) {
  if (!waiting_.empty()) {
    CAUSAL_GYM_TRY(rows, send_waiting());
  }
  return connection_->run_script(sql, time());
}

Result<Statement*> PostgresDatabase::statement(const char* sql) {
  auto& kept = statements_[sql];
  if (!kept) kept = std::make_unique<PostgresStatement>(*this, sql);
  kept->reset();
  return kept.get();
}

// Limits of the transaction: nothing outlives it. A server that may lose what it acknowledged does
// not lose ours.
PostgresCommand PostgresDatabase::settings(TransactionKind kind) const {
  const auto statement_ms =
      kind == TransactionKind::schema ? schema_time.count() : options_.statement_timeout_ms;
  return {fmt::format(
      "SELECT set_config('statement_timeout', '{}', true), set_config('lock_timeout', '{}', true),"
      " set_config('idle_in_transaction_session_timeout', '{}', true),"
      " set_config('synchronous_commit', CASE current_setting('synchronous_commit')"
      " WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, true)",
      statement_ms, options_.lock_timeout_ms, options_.idle_timeout_ms)};
}

Status PostgresDatabase::begin(TransactionKind kind) {
  kind_ = kind;
  has_begun_ = false;
  waiting_.clear();
  waiting_bytes_ = 0;
  waiting_.push_back({fmt::format("BEGIN ISOLATION LEVEL {}", kind == TransactionKind::read
                                                                  ? "REPEATABLE READ READ ONLY"
                                                                  : "READ COMMITTED READ WRITE")});
  waiting_.push_back(settings(kind));
  return {};
}

void PostgresDatabase::add_commit_number() {
  ++commit_number_;
  waiting_.push_back({in_dialect("INSERT INTO commits (connection, number, kept, committed_at)"
                                 " VALUES (?1, ?2, 1, {now_seconds})",
                                 Dialect::postgresql),
                      {{commits_as_, 0}, parameter_of(commit_number_)}});
  if (commit_number_ % commits_kept == 0)
    waiting_.push_back({"DELETE FROM commits WHERE connection = $1 AND number < $2",
                        {{commits_as_, 0}, parameter_of(commit_number_)}});
}

Status PostgresDatabase::commit() {
  if (kind_ == TransactionKind::write) add_commit_number();
  auto done = run({"COMMIT"});
  if (!done) {
    if (!is_lost() || kind_ != TransactionKind::write) return fail(done.error());
    return find_out(done.error());
  }
  has_begun_ = false;
  // A transaction that had failed ends so without an error.
  if (done->command() == "COMMIT") return {};
  return fail(ErrorCode::unavailable, "database '" + name() + "' undid what was written",
              "database");
}

void PostgresDatabase::roll_back() {
  waiting_.clear();
  waiting_bytes_ = 0;
  const PostgresCommand command{"ROLLBACK"};
  if (has_begun_ && !is_lost()) (void)connection_->run({&command, 1}, time());
  has_begun_ = false;
}

// Whether the last commit was kept, asked on a new connection. The row of its number is written
// once, by the commit or here, where it waits for one that is under way; when it is written here,
// the commit can no longer succeed.
Result<bool> PostgresDatabase::was_kept() {
  CAUSAL_GYM_TRY(asking, PostgresConnection::open(url_));
  const PostgresParameter name{commits_as_, 0};
  const auto number = parameter_of(commit_number_);
  const PostgresCommand first[] = {
      {"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"},
      settings(TransactionKind::write),
      {in_dialect("INSERT INTO commits (connection, number, kept, committed_at)"
                  " VALUES (?1, ?2, 0, {now_seconds}) ON CONFLICT DO NOTHING",
                  Dialect::postgresql),
       {name, number}},
      {"SELECT kept FROM commits WHERE connection = $1 AND number = $2", {name, number}}};
  CAUSAL_GYM_TRY(rows, asking->run(first, time()));
  const PostgresCommand last{"COMMIT"};
  CAUSAL_GYM_TRY(done, asking->run({&last, 1}, time()));
  if (rows.count() != 1 || done.command() != "COMMIT")
    return fail(ErrorCode::unavailable, "database '" + asking->name() + "' gave no answer");
  return rows.integer(0, 0) == 1;
}

Status PostgresDatabase::find_out(const Error& lost) {
  const auto deadline = steady_clock::now() + milliseconds(options_.patience_ms);
  for (auto pause = first_pause;; pause = std::min(pause * 2, longest_pause)) {
    std::this_thread::sleep_for(pause);
    const auto kept = was_kept();
    if (kept && *kept) return {};
    if (kept) return fail(lost);
    is_in_doubt_ = steady_clock::now() > deadline;
    if (is_in_doubt_)
      return fail(ErrorCode::unavailable,
                  lost.message + "; whether the last change was recorded is not known", "database",
                  "look at what is there before you write it again");
  }
}

}  // namespace

Result<std::unique_ptr<Database>> open_postgres(const std::string& url,
                                                const DatabaseOptions& options) {
  CAUSAL_GYM_TRY(connection, PostgresConnection::open(url));
  return std::make_unique<PostgresDatabase>(std::move(connection), url, options);
}

}  // namespace causal_gym

#include "platform/store/sqlite_database.h"

#include <sqlite3.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <system_error>
#include <thread>

namespace causal_gym {
namespace {

constexpr std::chrono::milliseconds log_switch_pause{5};

Error error_of(int code, const std::string& message, const std::string& path) {
  const auto unavailable = [&](const std::string& what, const std::string& suggestion) {
    return Error{ErrorCode::unavailable, "database '" + path + "' " + what, path, suggestion};
  };
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT: {
      const bool bad_value = code == SQLITE_CONSTRAINT_CHECK || code == SQLITE_CONSTRAINT_NOTNULL ||
                             code == SQLITE_CONSTRAINT_DATATYPE;
      return {bad_value ? ErrorCode::invalid_argument : ErrorCode::conflict, message, path, ""};
    }
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return unavailable("is busy: another process is writing to it", "try again");
    case SQLITE_FULL: return unavailable("cannot grow: the disk is full", "free some space");
    case SQLITE_READONLY:
      return unavailable("is read-only", "change its permissions, or name another file");
    case SQLITE_CORRUPT:
      return unavailable("is damaged", "restore it from a copy, or name another file");
    case SQLITE_NOTADB: return unavailable("is not a SQLite database", "name another file");
    case SQLITE_CANTOPEN:
      return unavailable("cannot be opened", "check that its folder can be written");
    default: return unavailable("failed: " + message, "");
  }
}

Error last_error(sqlite3* database, int code, const std::string& path) {
  return error_of(code, database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code),
                  path);
}

std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// The file as one to read. A reader of a write-ahead log makes the log and its index where there
// are none; where it may not, the file alone is all there is.
std::string reading_uri(const std::string& path) {
  std::string uri = "file:";
  for (const char c : path)
    uri += c == '%' ? "%25" : c == '?' ? "%3f" : c == '#' ? "%23" : std::string(1, c);
  std::error_code unreadable;
  const bool has_log = std::filesystem::exists(path + "-wal", unreadable);
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const bool may_write = access(folder.empty() ? "." : folder.c_str(), W_OK) == 0;
  if (!may_write && !has_log) uri += "?immutable=1";
  return uri;
}

Status make_folder(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (folder.empty()) return {};
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error) return {};
  return fail(ErrorCode::unavailable,
              "cannot make the folder '" + folder.string() + "': " + error.message(), path,
              "name a file in a folder that can be written");
}

// A prepared statement.
class SqliteStatement final : public Statement {
 public:
  SqliteStatement(sqlite3* database, sqlite3_stmt* statement, const std::string& path)
      : database_(database), statement_(statement), path_(path) {}
  ~SqliteStatement() override { sqlite3_finalize(statement_); }
  SqliteStatement(const SqliteStatement&) = delete;
  SqliteStatement& operator=(const SqliteStatement&) = delete;

  Statement& bind(int index, std::string_view text) override;
  Statement& bind(int index, std::int64_t number) override;
  Statement& bind(int index, double number) override;
  Statement& bind_null(int index) override;
  [[nodiscard]] Result<bool> step() override;
  void reset() override;
  [[nodiscard]] std::string text(int column) const override;
  [[nodiscard]] std::int64_t integer(int column) const override;
  [[nodiscard]] double real(int column) const override;
  [[nodiscard]] bool is_null(int column) const override;

 private:
  sqlite3* database_;
  sqlite3_stmt* statement_;
  const std::string& path_;
  int failed_bind_ = 0;
};

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(sqlite3* database, std::string path, const DatabaseOptions& options)
      : database_(database), path_(std::move(path)), options_(options) {}
  ~SqliteDatabase() override;
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  [[nodiscard]] Dialect dialect() const override { return Dialect::sqlite; }
  [[nodiscard]] const std::string& name() const override { return path_; }
  [[nodiscard]] Status make_durable() override;
  [[nodiscard]] Status execute(const std::string& sql) override;
  [[nodiscard]] Result<Statement*> statement(const char* sql) override;

  [[nodiscard]] static int wait_for_others(void* database, int attempt);

 protected:
  [[nodiscard]] Status begin(TransactionKind kind) override;
  [[nodiscard]] Status commit() override { return execute("COMMIT"); }
  // Some errors have already rolled back; then this one says so, and nothing is lost.
  void roll_back() override { (void)execute("ROLLBACK"); }

 private:
  [[nodiscard]] Status use_write_ahead_log();

  sqlite3* database_;
  std::string path_;
  DatabaseOptions options_;
  std::int64_t waiting_since_ms_ = 0;
  std::map<const char*, std::unique_ptr<SqliteStatement>> statements_;
};

Statement& SqliteStatement::bind(int index, std::string_view text) {
  const char* data = text.data() == nullptr ? "" : text.data();
  const int code =
      sqlite3_bind_text64(statement_, index, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (code != SQLITE_OK) failed_bind_ = code;
  return *this;
}

Statement& SqliteStatement::bind(int index, std::int64_t number) {
  sqlite3_bind_int64(statement_, index, number);
  return *this;
}

Statement& SqliteStatement::bind(int index, double number) {
  sqlite3_bind_double(statement_, index, number);
  return *this;
}

Statement& SqliteStatement::bind_null(int index) {
  sqlite3_bind_null(statement_, index);
  return *this;
}

Result<bool> SqliteStatement::step() {
  const int code = failed_bind_ != 0 ? failed_bind_ : sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    reset();
    return false;
  }
  Error error = last_error(database_, code, path_);
  reset();
  return fail(std::move(error));
}

void SqliteStatement::reset() {
  sqlite3_reset(statement_);
  failed_bind_ = 0;
}

std::string SqliteStatement::text(int column) const {
  const void* data = sqlite3_column_text(statement_, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return data == nullptr ? std::string() : std::string(static_cast<const char*>(data), size);
}

std::int64_t SqliteStatement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

double SqliteStatement::real(int column) const { return sqlite3_column_double(statement_, column); }

bool SqliteStatement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

SqliteDatabase::~SqliteDatabase() {
  statements_.clear();
  sqlite3_close(database_);
}

// SQLite's own busy handler waits ever longer, up to 100 ms, and so seldom meets the short time
// between two writes of a busy process. This one looks every 1 to 4 ms, out of step with others.
int SqliteDatabase::wait_for_others(void* database, int attempt) {
  auto& self = *static_cast<SqliteDatabase*>(database);
  const std::int64_t now = steady_ms();
  if (attempt == 0) self.waiting_since_ms_ = now;
  if (now - self.waiting_since_ms_ >= self.options_.busy_timeout_ms) return 0;
  const auto step = (static_cast<std::uint64_t>(getpid()) + static_cast<std::uint64_t>(attempt)) *
                        0x9e3779b97f4a7c15U >>
                    32U;
  std::this_thread::sleep_for(std::chrono::microseconds(1'000 + step % 3'000));
  return 1;
}

Status SqliteDatabase::make_durable() {
  CAUSAL_GYM_CHECKED(use_write_ahead_log());
  CAUSAL_GYM_CHECKED(
      execute("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
              "PRAGMA cell_size_check = ON;"));
  if (options_.largest_pages > 0)
    return execute("PRAGMA max_page_count = " + std::to_string(options_.largest_pages));
  return {};
}

// SQLite does not wait with its busy handler for this switch, so the waiting is done here.
Status SqliteDatabase::use_write_ahead_log() {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(options_.busy_timeout_ms);
  for (;;) {
    CAUSAL_GYM_TRY(pragma, statement("PRAGMA journal_mode = WAL"));
    const Result<bool> row = pragma->step();
    if (row) {
      const std::string mode = *row ? pragma->text(0) : "";
      pragma->reset();
      if (mode == "wal") return {};
      return fail(ErrorCode::unavailable,
                  "database '" + path_ + "' has no write-ahead log here: its mode is " + mode,
                  path_, "name a file on a local disk");
    }
    const bool busy = (sqlite3_errcode(database_) & 0xff) == SQLITE_BUSY;
    if (!busy || std::chrono::steady_clock::now() > deadline) return fail(row.error());
    std::this_thread::sleep_for(log_switch_pause);
  }
}

Status SqliteDatabase::execute(const std::string& sql) {
  const int code = sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(last_error(database_, code, path_));
  return {};
}

Result<Statement*> SqliteDatabase::statement(const char* sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) {
    found->second->reset();
    return found->second.get();
  }
  const std::string text = in_dialect(sql, Dialect::sqlite);
  sqlite3_stmt* compiled = nullptr;
  const int code = sqlite3_prepare_v3(database_, text.c_str(), -1, SQLITE_PREPARE_PERSISTENT,
                                      &compiled, nullptr);
  if (code != SQLITE_OK) return fail(last_error(database_, code, path_));
  auto& kept = statements_[sql];
  kept = std::make_unique<SqliteStatement>(database_, compiled, path_);
  return kept.get();
}

Status SqliteDatabase::begin(TransactionKind kind) {
  return execute(kind == TransactionKind::read ? "BEGIN" : "BEGIN IMMEDIATE");
}

}  // namespace

Result<std::unique_ptr<Database>> open_sqlite(const std::string& path,
                                              const DatabaseOptions& options) {
  if (!options.read_only) CAUSAL_GYM_CHECKED(make_folder(path));
  const int how = options.read_only ? SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
                                    : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const std::string name = options.read_only ? reading_uri(path) : path;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &handle,
                                   how | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  auto database = std::make_unique<SqliteDatabase>(handle, path, options);
  if (code != SQLITE_OK) return fail(last_error(handle, code, path));
  if (!options.read_only && sqlite3_db_readonly(handle, "main") == 1)
    return fail(error_of(SQLITE_READONLY, "", path));
  sqlite3_busy_handler(handle, SqliteDatabase::wait_for_others, database.get());
  return database;
}

}  // namespace causal_gym

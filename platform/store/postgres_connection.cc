#include "platform/store/postgres_connection.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>

#include "platform/store/database_target.h"
#include "platform/store/postgres_errors.h"

namespace causal_gym {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// What the URL does not say itself: a server that is gone is noticed within seconds.
constexpr std::pair<const char*, const char*> defaults[] = {
    {"connect_timeout", "5"},      {"keepalives_idle", "10"},
    {"keepalives_interval", "5"},  {"keepalives_count", "3"},
    {"tcp_user_timeout", "15000"}, {"fallback_application_name", "causal-gym"},
    {"client_encoding", "UTF8"}};

// A libpq message in one line.
std::string one_line(const char* message) {
  std::string text(message == nullptr ? "" : message);
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  for (auto at = text.find('\n'); at != std::string::npos; at = text.find('\n', at))
    text.replace(at, 1, "; ");
  return text;
}

// The settings of the URL and the defaults, ended by nullptr; they point into `options`.
Status read_url(const std::string& url, PQconninfoOption* options, std::vector<const char*>& names,
                std::vector<const char*>& values) {
  if (options == nullptr)  // libpq's own message may hold a piece of the password
    return fail(ErrorCode::invalid_argument,
                "'" + shown_target(url) + "' is no URL of a PostgreSQL database", "database",
                "write postgresql://user@host:port/name, special characters as %XX");
  for (const auto& [name, value] : defaults) {
    names.push_back(name);
    values.push_back(value);
  }
  // Of two settings of one name, libpq takes the later.
  for (const auto* option = options; option->keyword != nullptr; ++option) {
    if (option->val == nullptr || std::strcmp(option->keyword, "client_encoding") == 0) continue;
    names.push_back(option->keyword);
    values.push_back(option->val);
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  return {};
}

}  // namespace

void PostgresRows::clear(pg_result* result) { PQclear(result); }

int PostgresRows::count() const { return result_ ? PQntuples(result_.get()) : 0; }

bool PostgresRows::is_null(int row, int column) const {
  return PQgetisnull(result_.get(), row, column) != 0;
}

std::string_view PostgresRows::bytes(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

std::int64_t PostgresRows::integer(int row, int column) const {
  const auto big_endian = bytes(row, column);
  if (big_endian.empty()) return 0;
  auto number = std::uint64_t{0} - std::uint64_t{(big_endian[0] & 0x80) != 0};
  for (const char byte : big_endian) number = number << 8U | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(number);
}

double PostgresRows::real(int row, int column) const {
  return std::bit_cast<double>(integer(row, column));
}

std::string PostgresRows::command() const { return result_ ? PQcmdStatus(result_.get()) : ""; }

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::open(const std::string& url) {
  std::vector<const char*> names;
  std::vector<const char*> values;
  PQconninfoOption* options = PQconninfoParse(url.c_str(), nullptr);
  Status read = read_url(url, options, names, values);
  std::unique_ptr<PostgresConnection> connection;
  if (read)
    connection.reset(new PostgresConnection(PQconnectdbParams(names.data(), values.data(), 0),
                                            shown_target(url)));
  PQconninfoFree(options);
  if (!read) return fail(std::move(read).error());
  if (PQstatus(connection->connection_) != CONNECTION_OK)
    return fail(ErrorCode::unavailable,
                "database '" + connection->name_ +
                    "' cannot be reached: " + one_line(PQerrorMessage(connection->connection_)),
                "database", "check that it runs there, and the user's password");
  CAUSAL_GYM_CHECKED(connection->check_encoding());
  // Notices are for people at a terminal of its own; nothing is printed here.
  PQsetNoticeReceiver(
      connection->connection_, [](void*, const PGresult*) {}, nullptr);
  if (PQsetnonblocking(connection->connection_, 1) != 0) return connection->lost("it cannot wait");
  return connection;
}

PostgresConnection::~PostgresConnection() { PQfinish(connection_); }

Status PostgresConnection::check_encoding() {
  const char* encoding = PQparameterStatus(connection_, "server_encoding");
  if (encoding != nullptr && std::strcmp(encoding, "UTF8") == 0) return {};
  return fail(ErrorCode::unavailable,
              "database '" + name_ + "' keeps texts as " +
                  (encoding == nullptr ? "it does not say what" : encoding) + ", not as UTF8",
              "database", "make one with: createdb --encoding=UTF8 --template=template0");
}

tl::unexpected<Error> PostgresConnection::lost(const std::string& reason) {
  is_lost_ = true;
  return fail(ErrorCode::unavailable, "connection to database '" + name_ + "' failed: " + reason,
              "database", "try again");
}

Status PostgresConnection::wait_for_server(Deadline deadline) {
  const int unsent = PQflush(connection_);
  if (unsent < 0) return lost(one_line(PQerrorMessage(connection_)));
  const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
  if (left <= 0) return lost("it did not answer in time");
  pollfd socket{PQsocket(connection_), static_cast<short>(unsent == 1 ? POLLIN | POLLOUT : POLLIN),
                0};
  if (poll(&socket, 1, static_cast<int>(left)) < 0 && errno != EINTR)
    return lost(std::strerror(errno));
  if ((socket.revents & ~POLLOUT) != 0 && PQconsumeInput(connection_) == 0)
    return lost(one_line(PQerrorMessage(connection_)));
  return {};
}

Result<pg_result*> PostgresConnection::next_result(Deadline deadline) {
  while (PQflush(connection_) == 1 || PQisBusy(connection_) == 1)
    CAUSAL_GYM_CHECKED(wait_for_server(deadline));
  return PQgetResult(connection_);
}

Error PostgresConnection::error_of(const pg_result* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  if (PQstatus(connection_) != CONNECTION_OK || state == nullptr || ends_connection(state))
    return lost(one_line(message != nullptr ? message : PQerrorMessage(connection_))).value();
  return postgres_error(state, one_line(message), name_);
}

Status PostgresConnection::send(std::span<const PostgresCommand> commands) {
  constexpr int binary = 1;
  for (const auto& [sql, parameters] : commands) {
    std::vector<Oid> types;
    std::vector<const char*> values;
    std::vector<int> lengths;
    const std::vector<int> formats(parameters.size(), binary);
    for (const auto& [bytes, type] : parameters) {
      types.push_back(type);
      values.push_back(bytes ? bytes->data() : nullptr);
      lengths.push_back(bytes ? static_cast<int>(bytes->size()) : 0);
    }
    if (PQsendQueryParams(connection_, sql.c_str(), static_cast<int>(parameters.size()),
                          types.data(), values.data(), lengths.data(), formats.data(), binary) != 1)
      return lost(one_line(PQerrorMessage(connection_)));
  }
  if (PQpipelineSync(connection_) != 1) return lost(one_line(PQerrorMessage(connection_)));
  return {};
}

Result<PostgresRows> PostgresConnection::run(std::span<const PostgresCommand> commands,
                                             milliseconds time) {
  if (is_lost_) return lost("it was lost before");
  const auto deadline = steady_clock::now() + time;
  if (PQenterPipelineMode(connection_) != 1) return lost(one_line(PQerrorMessage(connection_)));
  CAUSAL_GYM_CHECKED(send(commands));
  std::optional<Error> failed;
  PostgresRows last;
  for (;;) {
    CAUSAL_GYM_TRY(result, next_result(deadline));
    if (result == nullptr) {
      // Between two commands; of a dead connection nothing ever comes.
      if (PQstatus(connection_) != CONNECTION_OK)
        return failed ? fail(*failed) : lost(one_line(PQerrorMessage(connection_)));
      continue;
    }
    PostgresRows rows(result);
    const auto status = PQresultStatus(result);
    if (status == PGRES_PIPELINE_SYNC) break;
    if (status == PGRES_FATAL_ERROR && !failed) failed = error_of(result);
    if (is_lost_) return fail(*failed);
    last = std::move(rows);
  }
  if (PQexitPipelineMode(connection_) != 1) return lost(one_line(PQerrorMessage(connection_)));
  if (failed) return fail(*std::move(failed));
  return last;
}

Status PostgresConnection::run_script(const std::string& sql, milliseconds time) {
  if (is_lost_) return lost("it was lost before");
  const auto deadline = steady_clock::now() + time;
  if (PQsendQuery(connection_, sql.c_str()) != 1)
    return lost(one_line(PQerrorMessage(connection_)));
  std::optional<Error> failed;
  for (;;) {
    CAUSAL_GYM_TRY(result, next_result(deadline));
    if (result == nullptr) break;
    const PostgresRows rows(result);
    if (PQresultStatus(result) == PGRES_FATAL_ERROR && !failed) failed = error_of(result);
    if (is_lost_) break;
  }
  if (failed) return fail(*std::move(failed));
  return {};
}

}  // namespace causal_gym

#include "tests/store/postgres_server.h"

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

namespace causal_gym {
namespace {

namespace fs = std::filesystem;

const std::string programs = "/usr/lib/postgresql/15/bin/";
// Letters that have to be written as %XX in a URL, and a quote.
const std::string password = "p@ss/w'rd";
const std::string password_in_url = "p%40ss%2Fw%27rd";

int free_port() {
  const int socket_of = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK(bind(socket_of, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  socklen_t size = sizeof address;
  getsockname(socket_of, reinterpret_cast<sockaddr*>(&address), &size);
  close(socket_of);
  return ntohs(address.sin_port);
}

std::vector<std::string> as_postgres(const std::vector<std::string>& command) {
  std::vector<std::string> all;
  if (geteuid() == 0)
    all = {"setpriv",        "--reuid=postgres", "--regid=postgres",
           "--clear-groups", "--pdeathsig",      "KILL"};
  all.insert(all.end(), command.begin(), command.end());
  return all;
}

pid_t start_process(const std::vector<std::string>& command, const std::string& log) {
  const auto all = as_postgres(command);
  std::vector<char*> words;
  for (const auto& word : all) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const pid_t child = fork();
  if (child != 0) return child;
  (void)freopen("/dev/null", "r", stdin);
  (void)freopen(log.c_str(), "a", stdout);
  (void)freopen(log.c_str(), "a", stderr);
  if (chdir("/") == 0) execvp(words[0], words.data());
  _exit(127);
}

std::string url_of(const std::string& user, const std::string& secret, int port,
                   const std::string& database) {
  return "postgresql://" + user + ":" + secret + "@127.0.0.1:" + std::to_string(port) + "/" +
         database;
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
  fs::permissions(path, fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read);
}

void wait_until_answers(const std::string& url) {
  for (int i = 0; i < 500; ++i) {
    PGconn* connection = PQconnectdb(url.c_str());
    const bool is_up = PQstatus(connection) == CONNECTION_OK;
    PQfinish(connection);
    if (is_up) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  CHECK(false && "PostgreSQL does not answer");
}

// Every process of that parent.
std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> found;
  std::istringstream list([&] {
    std::ifstream file("/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent) +
                       "/children");
    return std::string((std::istreambuf_iterator<char>(file)), {});
  }());
  for (pid_t child = 0; list >> child;) found.push_back(child);
  return found;
}

}  // namespace

StartedProgram::StartedProgram(const std::vector<std::string>& command, const std::string& log)
    : process_(start_process(command, log)) {
  CHECK(process_ > 0);
}

StartedProgram::~StartedProgram() { end(SIGQUIT); }

void StartedProgram::end(int signal) {
  if (process_ < 0) return;
  const auto children = children_of(process_);
  ::kill(process_, signal);
  if (signal == SIGKILL)
    for (const pid_t child : children) ::kill(child, signal);
  waitpid(process_, nullptr, 0);
  // A new server starts only when every old process has let go of the memory they share.
  for (const pid_t child : children)
    for (int i = 0; i < 1'000 && ::kill(child, 0) == 0; ++i) {
      std::ifstream file("/proc/" + std::to_string(child) + "/stat");
      std::string stat;
      std::getline(file, stat);
      if (stat.find(") Z ") != std::string::npos) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  process_ = -1;
}

PostgresServer::PostgresServer() {
  port_ = free_port();
  if (geteuid() == 0) fs::permissions(folder_.file(""), fs::perms::all);
  write_file(folder_.file("password"), password + "\n");
  StartedProgram initdb({programs + "initdb", "-D", folder_.file("data"), "-U", "postgres",
                         "--auth=scram-sha-256", "--pwfile=" + folder_.file("password"),
                         "--data-checksums", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"},
                        folder_.file("initdb.log"));
  initdb.end(0);  // waits
  start();
  as_superuser("CREATE ROLE causal_user LOGIN PASSWORD 'p@ss/w''rd'");
}

// A killed process loses nothing that it has given to the kernel, so fsync can be left out; what it
// has not, it loses.
void PostgresServer::start() {
  server_ = std::make_unique<StartedProgram>(
      std::vector<std::string>{programs + "postgres", "-D", folder_.file("data"), "-p",
                               std::to_string(port_), "-k", "", "-c", "listen_addresses=127.0.0.1",
                               "-c", "fsync=off", "-c", "shared_buffers=16MB", "-c",
                               "max_connections=60"},
      folder_.file("postgres.log"));
  wait_until_answers(url_of("postgres", password_in_url, port_, "postgres"));
}

void PostgresServer::kill() {
  server_->end(SIGKILL);
  server_.reset();
}

std::string PostgresServer::new_database() {
  const std::string name = "runs" + std::to_string(++databases_);
  as_superuser("CREATE DATABASE " + name + " OWNER causal_user");
  return url_of("causal_user", password_in_url, port_, name);
}

std::string PostgresServer::through_bouncer(const std::string& url) {
  const std::string database = url.substr(url.rfind('/') + 1);
  if (!bouncer_) {
    bouncer_port_ = free_port();
    write_file(folder_.file("users"), "\"causal_user\" \"" + password + "\"\n");
    write_file(
        folder_.file("pgbouncer.ini"),
        "[databases]\n* = host=127.0.0.1 port=" + std::to_string(port_) +
            "\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = " +
            std::to_string(bouncer_port_) +
            "\nunix_socket_dir =\nauth_type = scram-sha-256\nauth_file = " + folder_.file("users") +
            "\npool_mode = transaction\ndefault_pool_size = 5\nmax_client_conn = 200\n"
            "server_login_retry = 1\n");
    bouncer_ = std::make_unique<StartedProgram>(
        std::vector<std::string>{"pgbouncer", folder_.file("pgbouncer.ini")},
        folder_.file("pgbouncer.log"));
  }
  const std::string through = url_of("causal_user", password_in_url, bouncer_port_, database);
  wait_until_answers(through);
  return through;
}

std::string PostgresServer::as_superuser(const std::string& sql, const std::string& database) {
  PGconn* connection = PQconnectdb(url_of("postgres", password_in_url, port_, database).c_str());
  PGresult* result = PQexec(connection, sql.c_str());
  std::string text;
  if (PQresultStatus(result) == PGRES_FATAL_ERROR || result == nullptr)
    text = std::string("error: ") + PQerrorMessage(connection);
  for (int row = 0; row < PQntuples(result); ++row)
    text += std::string(row == 0 ? "" : "\n") + PQgetvalue(result, row, 0);
  PQclear(result);
  PQfinish(connection);
  return text;
}

PostgresServer& postgres_server() {
  static PostgresServer server;
  return server;
}

}  // namespace causal_gym

// Debian's PostgreSQL and PgBouncer, started for tests: on free loopback ports, in a temporary
// folder, with passwords; ended with their objects, by their process numbers.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "platform/config/temporary_folder.h"

namespace causal_gym {

// A program under way. It gets SIGKILL when this process ends without ending it.
class StartedProgram {
 public:
  // As the user postgres when this one is root, whom PostgreSQL and PgBouncer refuse.
  explicit StartedProgram(const std::vector<std::string>& command, const std::string& log);
  ~StartedProgram();
  StartedProgram(const StartedProgram&) = delete;
  StartedProgram& operator=(const StartedProgram&) = delete;

  void end(int signal);

 private:
  pid_t process_ = -1;
};

class PostgresServer {
 public:
  PostgresServer();

  // Of a new, empty database of the role causal_user, with the role's password.
  [[nodiscard]] std::string new_database();
  // The same database through a PgBouncer in transaction mode, which is started at the first call.
  [[nodiscard]] std::string through_bouncer(const std::string& url);
  // SQL as the superuser; the last statement's first column, a line for each row.
  std::string as_superuser(const std::string& sql, const std::string& database = "postgres");

  void start();
  // By SIGKILL of every process of the server; none is left when it returns.
  void kill();
  [[nodiscard]] int port() const { return port_; }

 private:
  TemporaryFolder folder_;
  int port_ = 0;
  int bouncer_port_ = 0;
  int databases_ = 0;
  std::unique_ptr<StartedProgram> server_;
  std::unique_ptr<StartedProgram> bouncer_;
};

// The one that the tests of a program share.
PostgresServer& postgres_server();

}  // namespace causal_gym

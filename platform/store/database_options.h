// How a store's databases are used: limits and waits, each with its name and unit.
#pragma once

#include <cstddef>
#include <cstdint>

namespace causal_gym {

struct DatabaseOptions {
  bool read_only = false;          // what is there is read; nothing is made or changed
  int busy_timeout_ms = 5'000;     // SQLite: how long to wait for another process that writes
  std::int64_t largest_pages = 0;  // SQLite: of the file, in pages of 4 KiB; 0: no limit

  std::size_t connections = 8;        // PostgreSQL: most that one store has open
  int connection_wait_ms = 30'000;    // for one that other threads use
  int patience_ms = 10'000;           // for a server that went away and may come back
  int statement_timeout_ms = 30'000;  // PostgreSQL: of one statement
  int lock_timeout_ms = 15'000;       // PostgreSQL: for a row that another one writes
  int idle_timeout_ms = 15'000;       // PostgreSQL: of a client that stopped in a transaction
  std::int64_t lease_seconds = 30;    // how long a claim lasts after it was renewed
};

}  // namespace causal_gym

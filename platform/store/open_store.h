// The front door of the store: a place, as people write it, becomes a store of runs and jobs.
#pragma once

#include <memory>
#include <string>

#include "platform/store/connection_pool.h"
#include "platform/store/database_options.h"
#include "platform/store/job_store.h"

namespace causal_gym {

// The store at a path (SQLite: opened or created, with its folder) or at
// postgresql://user@host/name (the password in it, or in PGPASSWORD, or in ~/.pgpass), with its
// tables brought up to date; with options.read_only, what is there, for reading, which asks for no
// right to write. Errors: unavailable (cannot be opened, made or reached, read-only, damaged, not
// of its kind: naming it, but no password); conflict (another program's database, or a newer
// version of ours: it is left as it is); invalid_argument (no place of a database).
[[nodiscard]] Result<std::unique_ptr<JobStore>> open_store(const std::string& target,
                                                           const DatabaseOptions& options = {});

// One connection there. Errors: as open_store, but for those of its tables.
[[nodiscard]] Result<std::unique_ptr<Database>> open_database(const std::string& target,
                                                              const DatabaseOptions& options);

// A number of them, all prepared to write unless options.read_only; of SQLite `sqlite_connections`.
[[nodiscard]] Result<std::shared_ptr<ConnectionPool>> open_pool(const std::string& target,
                                                                const DatabaseOptions& options,
                                                                std::size_t sqlite_connections = 1);

}  // namespace causal_gym

// A SQLite file as a database.
// Source: sqlite.org/c3ref; sqlite.org/wal.html. Cost: a commit is one fsync.
#pragma once

#include <memory>
#include <string>

#include "platform/store/database.h"
#include "platform/store/database_options.h"

namespace causal_gym {

// Opens or creates the file, with its folder, and changes nothing in it until make_durable(), which
// sets write-ahead log, synchronous=FULL and foreign keys: what commits survives a crash, and a
// reader never waits for a writer. While another process writes, it looks again every few
// milliseconds, so that every writer gets its turn. Errors: unavailable, naming the path and the
// reason.
[[nodiscard]] Result<std::unique_ptr<Database>> open_sqlite(const std::string& path,
                                                            const DatabaseOptions& options = {});

}  // namespace causal_gym

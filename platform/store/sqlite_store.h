// The store of runs in one SQLite file.
//
// Source: sqlite.org (write-ahead log, synchronous=FULL). A call that has returned survives the
// death of the process and of the machine; several processes may use one file at once. Cost: a
// write is one transaction with one fsync.
#pragma once

#include <memory>
#include <string>

#include "gym/experiment/run_store.h"
#include "platform/store/database.h"

namespace causal_gym {

// Opens or creates the file and its folder, and brings its tables up to date; with
// options.read_only, opens what is there for reading, which asks for no right to write. Errors:
// invalid_argument (a URL, which is not repeated: it may hold a password); unavailable
// (cannot be opened or made, read-only, damaged, not a SQLite file: naming the path); conflict
// (another program's database, or a newer version of ours: it is left as it is).
[[nodiscard]] Result<std::unique_ptr<RunStore>> open_sqlite_store(
    const std::string& path, const DatabaseOptions& options = {});

}  // namespace causal_gym
